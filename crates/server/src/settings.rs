//! Settings: defaults, then the file, then `PARLANCE_*` variables, then flags. All problems are found
//! together, before a port is bound.

mod apps;
mod example;
mod limits;
mod log;
mod media;
#[expect(
    clippy::struct_field_names,
    reason = "the keys stand before all sections"
)]
mod operator;
mod rates;
mod reader;
mod secrets;
mod section;
mod server;
mod store;
mod value;

use std::path::Path;

pub(crate) use apps::AppSettings;
pub(crate) use example::example_file;
pub(crate) use limits::LimitSettings;
pub(crate) use log::{LogFormat, LogSettings};
pub(crate) use media::MediaSettings;
pub(crate) use rates::RateSettings;
pub(crate) use reader::{Overrides, Problem};
pub(crate) use server::ServerSettings;
pub(crate) use store::StoreSettings;
pub(crate) use value::{Secret, Value};

use operator::OperatorSection;
use reader::{Problems, Reader, nearest, table_of, unknown, variable_of};
use secrets::Secrets;
use section::Section;

/// All settings, checked. Each component gets its own part.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where to listen, where to keep data, how to stop.
    pub(crate) server: ServerSettings,
    /// The key that manages apps.
    pub(crate) operator_key: Option<Secret>,
    /// Lasting state.
    pub(crate) store: StoreSettings,
    /// Attachments.
    pub(crate) media: MediaSettings,
    /// How much passes.
    pub(crate) limits: LimitSettings,
    /// How often.
    pub(crate) rates: RateSettings,
    /// The log.
    pub(crate) log: LogSettings,
    /// Apps known by name.
    pub(crate) apps: Vec<AppSettings>,
}

/// Sections that file, variables and flags can set.
const SECTIONS: [&Section; 7] = [
    &ServerSettings::SECTION,
    &OperatorSection::SECTION,
    &StoreSettings::SECTION,
    &MediaSettings::SECTION,
    &LimitSettings::SECTION,
    &RateSettings::SECTION,
    &LogSettings::SECTION,
];

impl Settings {
    /// Reads all sources.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let text = file.map(|path| (path, std::fs::read_to_string(path)));
        let table = match text {
            None => None,
            Some((path, Err(error))) => {
                problems.note(
                    "--config",
                    format_args!(
                        "cannot read {}: {error}; name a file that is there",
                        path.display()
                    ),
                );
                None
            }
            Some((path, Ok(text))) => match text.parse::<toml::Table>() {
                Ok(table) => Some(table),
                Err(error) => {
                    problems.note(&path.display().to_string(), error);
                    None
                }
            },
        };
        let settings = Self::read(table.as_ref(), overrides, &mut problems);
        let problems = problems.into_all();
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }

    fn read(file: Option<&toml::Table>, overrides: &Overrides, problems: &mut Problems) -> Self {
        let operator_keys = OperatorSection::SECTION
            .settings
            .iter()
            .map(|setting| setting.key);
        let besides: Vec<&str> = operator_keys
            .chain(section_names())
            .chain(["apps"])
            .collect();
        let mut reader = Reader::of_section("", file, overrides, problems);
        let server = ServerSettings::read(&mut reader, &besides);
        let everything: Vec<&str> = file
            .into_iter()
            .flat_map(toml::Table::keys)
            .map(String::as_str)
            .collect();
        let operator = OperatorSection::read(&mut reader, &everything);
        macro_rules! section {
            ($kind:ty) => {{
                let path = <$kind>::SECTION.path;
                let table = table_of(file, path, problems);
                <$kind>::read(
                    &mut Reader::of_section(path, table, overrides, problems),
                    &[],
                )
            }};
        }
        let settings = Self {
            store: section!(StoreSettings),
            media: section!(MediaSettings),
            limits: section!(LimitSettings),
            rates: section!(RateSettings),
            log: section!(LogSettings),
            operator_key: operator.key(&mut Secrets {
                environment: &overrides.environment,
                problems,
            }),
            apps: apps::read(file, &overrides.environment, problems),
            server,
        };
        settings.server.check(problems);
        settings.check_listeners(problems);
        refuse_unknown_overrides(overrides, problems);
        settings
    }

    fn check_listeners(&self, problems: &mut Problems) {
        for app in &self.apps {
            let listen = app.listen.filter(|address| address.port() != 0);
            if listen.is_some_and(|address| self.server.listen.contains(&address)) {
                problems.note(
                    &format!("apps.{}.listen", app.name),
                    "the same as one of listen; give the app its own, or take it out for one app",
                );
            }
            if self.server.listen.is_empty() && app.listen.is_none() {
                problems.note(
                    &format!("apps.{}.listen", app.name),
                    "neither this nor the general listen is there, so nobody reaches the app; set one",
                );
            }
        }
        if self.server.listen.is_empty() && self.apps.is_empty() {
            problems.note(
                "listen",
                "empty, and no app listens; write an address such as 127.0.0.1:8000",
            );
        }
    }
}

fn section_names() -> impl Iterator<Item = &'static str> {
    SECTIONS
        .iter()
        .map(|section| section.path)
        .filter(|path| !path.is_empty())
}

/// `section.key` of everything that a variable or a flag can set.
fn names() -> Vec<String> {
    let of_section = |section: &&'static Section| {
        let path = section.path;
        section
            .settings
            .iter()
            .map(move |setting| reader::full_name(path, setting.key))
    };
    SECTIONS.iter().flat_map(of_section).collect()
}

/// A flag has to name a setting. A variable has to when it has the two underscores of a section, or
/// when it looks like a setting mistyped; other variables that begin with PARLANCE_ are somebody
/// else's (Kubernetes makes such for a service of that name).
fn refuse_unknown_overrides(overrides: &Overrides, problems: &mut Problems) {
    let names = names();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    for (flag, _) in &overrides.flags {
        if !known.contains(&flag.as_str()) {
            problems.note(flag, unknown(flag, &known));
        }
    }
    let variables: Vec<String> = names.iter().map(|name| variable_of(name)).collect();
    let known: Vec<&str> = variables.iter().map(String::as_str).collect();
    for variable in overrides.environment.keys() {
        let is_section = variable
            .strip_prefix("PARLANCE_")
            .is_some_and(|rest| rest.contains("__"));
        let is_known = known.contains(&variable.as_str());
        if is_known || !variable.starts_with("PARLANCE_") {
            continue;
        }
        match nearest_variable(variable, &known) {
            Some(nearest) => problems.note(
                variable,
                format_args!("no such setting; did you mean {nearest}?"),
            ),
            None if is_section => problems.note(
                variable,
                "no such setting; see `parlance serve --print-example-config`",
            ),
            None => {}
        }
    }
}

/// Compared without the prefix, which all of them share.
fn nearest_variable<'a>(variable: &str, known: &[&'a str]) -> Option<&'a str> {
    let bare = |name: &'a str| name.trim_start_matches("PARLANCE_");
    let bare_names: Vec<&str> = known.iter().map(|name| bare(name)).collect();
    let best = nearest(variable.trim_start_matches("PARLANCE_"), &bare_names)?;
    known.iter().copied().find(|name| bare(name) == best)
}

#[cfg(test)]
mod tests {
    use parlance_core::limits::Limits;

    use super::*;

    fn load(toml: &str) -> Result<Settings, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("parlance.toml");
        std::fs::write(&file, toml).unwrap();
        Settings::load(Some(&file), &Overrides::default())
    }

    #[test]
    fn defaults_are_those_of_the_core() {
        let settings = load("").unwrap();
        assert_eq!(
            settings.limits.to_limits(&settings.rates),
            Limits::default()
        );
        let identity = parlance_identity::IdentitySettings::default();
        assert_eq!(settings.rates.failed_login, identity.login_rate);
        assert_eq!(settings.rates.login, identity.all_logins_rate);
    }

    #[test]
    fn the_example_file_says_what_the_defaults_are() {
        let (example, nothing) = (load(&example_file()).unwrap(), load("").unwrap());
        assert_eq!(format!("{example:?}"), format!("{nothing:?}"));
    }

    /// Every example behind a # is a good value, at least by itself.
    #[test]
    fn every_example_of_the_example_file_can_be_read() {
        let mut overrides = Overrides::default();
        for section in SECTIONS {
            for setting in section.settings {
                let (section::Preset::Value(text) | section::Preset::Nothing(text)) =
                    setting.default;
                overrides.set(&reader::full_name(section.path, setting.key), text);
                for bound in setting.range.iter().flat_map(|(low, high)| [low, high]) {
                    overrides.set(&reader::full_name(section.path, setting.key), bound);
                    overrides.set(&reader::full_name(section.path, setting.key), text);
                }
            }
        }
        let problems = Settings::load(None, &overrides).unwrap_err();
        let only = "operator_key: set twice; keep one of operator_key, operator_key_env and operator_key_file";
        assert_eq!(
            problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [only]
        );
    }

    #[test]
    fn a_secret_is_never_part_of_the_settings_as_text() {
        let toml = "operator_key = \"hush-hush-hush-hush\"\n[[apps]]\nname = \"one\"\n\
                    key = \"hush-hush-hush-hush\"\nauth.hs256_secret = \"hush-hush-hush-hush\"\n";
        let settings = load(toml).unwrap();
        let text = format!("{settings:?}");
        assert!(
            text.contains("[redacted]") && !text.contains("hush"),
            "{text}"
        );
    }
}
