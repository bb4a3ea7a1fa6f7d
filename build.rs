//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A program that may lie anywhere in memory has a quarter of a million places
    // mended at every start, which takes longer than a small question. What is given
    // up is that its own code lies where nobody can foresee it; libraries, heap and
    // stack still do. A program that listens to others keeps all of it.
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    let listens = std::env::var_os("CARGO_FEATURE_SERVE").is_some();
    let features = std::env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let whole = features.split(',').any(|feature| feature == "crt-static");
    let gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if gnu && !listens && !whole {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
