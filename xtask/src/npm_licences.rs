//! Licences of the npm packages that go into the served pages, as package-lock.json states them.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::Workspace;

/// As in deny.toml; and `0BSD`, which asks for nothing.
const ALLOWED: [&str; 8] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Zlib",
];

/// Prints every package that may not be shipped; answers whether there was none.
pub(crate) fn check(workspace: &Workspace) -> Result<bool> {
    let text = fs::read_to_string(workspace.root.join("package-lock.json"))
        .context("no package-lock.json; commit the one that `npm install` wrote")?;
    let (shipped, offences) = of_lock(&serde_json::from_str(&text)?);
    println!("{shipped} packages are shipped in pages (build and test tools are not)");
    for offence in &offences {
        println!("{offence}");
    }
    Ok(offences.is_empty())
}

fn of_lock(lock: &Value) -> (usize, Vec<String>) {
    let Some(packages) = lock["packages"].as_object() else {
        return (0, vec!["package-lock.json: has no packages".to_owned()]);
    };
    let shipped = packages.iter().filter(|(path, package)| {
        let theirs = path.contains("node_modules/") && package["link"] != true;
        theirs && package["dev"] != true && package["devOptional"] != true
    });
    let mut count = 0;
    let mut offences = Vec::new();
    for (path, package) in shipped {
        count += 1;
        let licence = package["license"].as_str().unwrap_or("none stated");
        if !is_allowed(licence) {
            offences.push(format!("{path}: licence {licence}; use another package"));
        }
    }
    (count, offences)
}

/// One of the allowed, or a choice (`(MIT OR GPL-2.0)`) with an allowed one in it.
fn is_allowed(licence: &str) -> bool {
    let choices = licence.trim_matches(['(', ')']).split(" OR ");
    choices.into_iter().any(|choice| {
        choice
            .split(" AND ")
            .all(|one| ALLOWED.contains(&one.trim()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shipped_needs_an_allowed_licence_and_tools_do_not() {
        let lock = json!({"packages": {
            "": {"name": "parlance"},
            "packages/client": {"name": "@parlance/client"},
            "node_modules/@parlance/client": {"link": true},
            "node_modules/good": {"license": "(MIT OR GPL-3.0)"},
            "node_modules/tool": {"license": "GPL-3.0", "dev": true},
            "node_modules/bad": {"license": "GPL-3.0"},
            "node_modules/silent": {},
        }});
        let (shipped, offences) = of_lock(&lock);
        assert_eq!(shipped, 3);
        assert_eq!(offences.len(), 2, "{offences:?}");
    }
}
