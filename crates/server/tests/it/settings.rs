//! Settings: where they come from, and what is said about wrong ones.

use std::fs;
use std::process::Output;

use tempfile::{TempDir, tempdir};

use crate::binary::{command, stderr, stdout};

/// `serve --check-config` on these settings, with these variables and flags.
fn check(toml: &str, variables: &[(&str, &str)], flags: &[&str]) -> Output {
    let folder = folder_with(toml);
    command(folder.path())
        .args(["serve", "--config", "parlance.toml", "--check-config"])
        .args(flags)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn folder_with(toml: &str) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("parlance.toml"), toml).unwrap();
    folder
}

fn assert_good(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
    assert_eq!(stdout(output), "parlance: the settings are good\n");
}

/// All of these lines are among the problems, and there are no others.
fn assert_problems(output: &Output, expected: &[&str]) {
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(output);
    let mut found: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn all_problems_are_listed_together() {
    let output = check(
        r#"
        listen = ["127.0.0.1"]
        data_dri = "elsewhere"
        [store]
        url = "mysql://root:hush@db/chat"
        synchronous = "sometimes"
        [limits]
        frame_size = 1000
        page = 5000
        [rates]
        send = "often"
        [stoer]
        readers = 2
        [[apps]]
        name = "Shop"
        dialects = ["fixmte"]
        auth = { hs256_secret_env = "NO_SUCH_VARIABLE", hs256_secert = "x" }
        [[apps]]
        name = "two"
        host = "https://two.example"
        key = "short"
        "#,
        &[("PARLANCE_STORE__READERS", "many")],
        &["--set", "log.lvel=debug"],
    );
    assert_problems(
        &output,
        &[
            r#"listen: "127.0.0.1" is no address with a port; write one such as 127.0.0.1:8000 or [::]:8000"#,
            "data_dri: no such setting; did you mean data_dir?",
            "stoer: no such setting; did you mean store?",
            r#"store.url: unknown scheme "mysql"; use sqlite, as in sqlite://./data/parlance.db"#,
            r#"store.synchronous: "sometimes" is unknown; use "full" or "normal""#,
            r#"store.readers: "many" is no whole number; write one such as 100 (from PARLANCE_STORE__READERS)"#,
            r#"limits.frame_size: a size needs its unit; write one such as "8MiB""#,
            "limits.page: out of range; use 1 to 1_000",
            r#"rates.send: "often" is no rate; write one such as "50/s burst 200""#,
            "log.lvel: no such setting; did you mean log.level?",
            "apps.Shop.name: not a name for an app; use 1 to 63 of a-z, 0-9, - and _, a letter or digit first",
            r#"apps.Shop.dialects: unknown dialect "fixmte"; did you mean fixmate?"#,
            "apps.Shop.auth.hs256_secert: no such setting; did you mean hs256_secret?",
            "apps.Shop.auth.hs256_secret_env: the variable NO_SUCH_VARIABLE is not set; put the secret into it",
            r#"apps.two.host: not a host name; write only the name, as in "chat.example.com""#,
            "apps.two.key: shorter than 16 characters; make one with: openssl rand -hex 32",
        ],
    );
    assert!(!stderr(&output).contains("hush"));
}

#[test]
fn variables_overrule_the_file_and_flags_overrule_variables() {
    let wrong = "[limits]\npage = 0\n";
    let good = ("PARLANCE_LIMITS__PAGE", "10");
    let bad = ("PARLANCE_LIMITS__PAGE", "0");
    assert_problems(
        &check(wrong, &[], &[]),
        &["limits.page: out of range; use 1 to 1_000"],
    );
    assert_good(&check(wrong, &[good], &[]));
    assert_good(&check("", &[bad], &["--set", "limits.page=10"]));
    assert_problems(
        &check("", &[good], &["--set", "limits.page=none"]),
        &[r#"limits.page: "none" is no whole number; write one such as 100 (from a flag)"#],
    );
}

#[test]
fn a_mistyped_variable_is_named_and_somebody_elses_is_not() {
    assert_problems(
        &check("", &[("PARLANCE_STORE__RAEDERS", "2")], &[]),
        &["PARLANCE_STORE__RAEDERS: no such setting; did you mean PARLANCE_STORE__READERS?"],
    );
    assert_problems(
        &check("", &[("PARLANCE_NOTHING__LIKE_THAT", "2")], &[]),
        &[
            "PARLANCE_NOTHING__LIKE_THAT: no such setting; see `parlance serve --print-example-config`",
        ],
    );
    // Kubernetes sets these for a service called parlance.
    assert_good(&check(
        "",
        &[
            ("PARLANCE_PORT", "tcp://10.0.0.1:80"),
            ("PARLANCE_SERVICE_HOST", "10.0.0.1"),
        ],
        &[],
    ));
}

#[test]
fn secrets_come_from_variables_and_files() {
    let toml = r#"
        operator_key_env = "KEY_OF_THE_OPERATOR"
        [[apps]]
        name = "shop"
        key_file = "key"
        auth = { hs256_secret_env = "SHOP_SECRET", issuer = "shop" }
    "#;
    let folder = folder_with(toml);
    let mut command = command(folder.path());
    command
        .args(["serve", "--config", "parlance.toml", "--check-config"])
        .env("KEY_OF_THE_OPERATOR", "0123456789abcdef")
        .env("SHOP_SECRET", "");
    assert_problems(
        &command.output().unwrap(),
        &[
            "apps.shop.key_file: cannot read key: No such file or directory (os error 2); name a file that this user may read",
            "apps.shop.auth.hs256_secret_env: the variable SHOP_SECRET is empty; put the secret into it",
        ],
    );
    fs::write(folder.path().join("key"), "fedcba9876543210\n").unwrap();
    assert_good(
        &command
            .env("SHOP_SECRET", "0123456789abcdef")
            .output()
            .unwrap(),
    );
}

#[test]
fn apps_that_cannot_be_told_apart_are_a_problem() {
    let apps = "[[apps]]\nname = \"one\"\n[[apps]]\nname = \"two\"\n";
    assert_problems(
        &check(apps, &[], &[]),
        &["apps: requests for one and two cannot be told apart; give each of them listen or host"],
    );
    assert_good(&check(&format!("{apps}host = \"two.example\"\n"), &[], &[]));
}

#[test]
fn a_file_that_is_not_there_or_no_toml_is_a_problem() {
    let folder = folder_with("listen = [");
    let run = |file: &str| {
        command(folder.path())
            .args(["serve", "--check-config", "--config", file])
            .output()
            .unwrap()
    };
    assert!(stderr(&run("none.toml")).contains("--config: cannot read none.toml"));
    assert!(stderr(&run("parlance.toml")).contains("parlance.toml: TOML parse error at line 1"));
}

#[test]
fn the_example_file_is_current_and_good() {
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args(["serve", "--print-example-config"])
        .output()
        .unwrap();
    let committed = include_str!("../../../../parlance.example.toml");
    let printed = stdout(&output);
    for (printed, committed) in printed.lines().zip(committed.lines()) {
        assert_eq!(
            committed, printed,
            "write it anew with --print-example-config"
        );
    }
    assert_eq!(committed.len(), printed.len());
    assert_good(&check(committed, &[], &[]));
}
