//! The example file, made from the doc comments of the settings.

use std::fmt::Write as _;

use super::apps::{AppSection, AuthSection};
use super::section::{Preset, Section, Setting};
use super::{
    LimitSettings, LogSettings, MediaSettings, OperatorSection, RateSettings, ServerSettings,
    StoreSettings,
};

const HEAD: &str = "\
# Every setting of `parlance serve` with its default. Made by `parlance serve --print-example-config`
# from the source; so change it there. Settings behind a # have no default and show an example.
#
# A variable overrules the file: PARLANCE_LISTEN, PARLANCE_STORE__URL (two underscores after the
# section); a list is written with commas. A flag overrules both: --set store.url=…
# Times and sizes have a unit: ms, s, min, h, d; B, KiB, MiB, GiB, TiB, kB, MB, GB.
";

/// `parlance.example.toml`.
pub(crate) fn example_file() -> String {
    let mut text = HEAD.to_owned();
    for section in [
        &ServerSettings::SECTION,
        &OperatorSection::SECTION,
        &StoreSettings::SECTION,
        &MediaSettings::SECTION,
        &LimitSettings::SECTION,
        &RateSettings::SECTION,
        &LogSettings::SECTION,
    ] {
        write_section(&mut text, section);
    }
    write_app(&mut text);
    text
}

fn write_section(text: &mut String, section: &Section) {
    text.push('\n');
    write_comment(text, section.about);
    if section.path.is_empty() {
        if !section.about.is_empty() {
            text.push('\n');
        }
    } else {
        let _ = writeln!(text, "[{}]", section.path);
    }
    for (index, setting) in section.settings.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        write_comment(text, setting.doc);
        if let Some((low, high)) = setting.range {
            let _ = writeln!(text, "# Range: {low} to {high}.");
        }
        let off = if matches!(setting.default, Preset::Nothing(_)) {
            "# "
        } else {
            ""
        };
        let _ = writeln!(text, "{off}{}", assignment(setting));
    }
}

/// An app, all of it switched off: without its secrets none could start.
fn write_app(text: &mut String) {
    text.push('\n');
    write_comment(text, AppSection::SECTION.about);
    text.push_str("# [[apps]]\n");
    write_entries(text, &AppSection::SECTION);
    text.push_str("#\n");
    write_comment(text, AuthSection::SECTION.about);
    text.push_str("# [apps.auth]\n");
    write_entries(text, &AuthSection::SECTION);
}

fn write_entries(text: &mut String, section: &Section) {
    for (index, setting) in section.settings.iter().enumerate() {
        if index > 0 {
            text.push_str("#\n");
        }
        write_comment(text, setting.doc);
        let _ = writeln!(text, "# {}", assignment(setting));
    }
}

fn assignment(setting: &Setting) -> String {
    let (Preset::Value(value) | Preset::Nothing(value)) = setting.default;
    format!("{} = {}", setting.key, (setting.to_toml)(value))
}

fn write_comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}
