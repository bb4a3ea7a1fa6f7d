rem Windows: a task every night at 02:17, run as the present user.
schtasks /Create /TN paybench /SC DAILY /ST 02:17 /TR "cmd /c cd /d C:\paybench && paybench.exe run >> paybench.log 2>&1"
