//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A program that may lie anywhere in memory has a quarter of a million places
    // mended at every start, which takes longer than reading a small store. One that
    // listens to others stays where nobody can foresee it.
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    let listens = std::env::var_os("CARGO_FEATURE_SERVE").is_some();
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !listens {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
