//! One table for each section: what is written there is the struct, the reading of every source, the
//! check of the range and the example file. So none of them can drift from the others.

/// How a setting is described in the example file.
pub(crate) struct Setting {
    /// Its key within the section.
    pub(crate) key: &'static str,
    /// Its doc comment, line by line.
    pub(crate) doc: &'static [&'static str],
    /// What stands there without being written.
    pub(crate) default: Preset,
    /// The lowest and the highest value that passes, as they would be written.
    pub(crate) range: Option<(&'static str, &'static str)>,
    /// Writes the default as TOML.
    pub(crate) to_toml: fn(&str) -> String,
}

/// What a setting is when nobody sets it.
#[derive(Clone, Copy)]
pub(crate) enum Preset {
    /// This value.
    Value(&'static str),
    /// Nothing; this is what it could look like.
    Nothing(&'static str),
}

/// A section of the settings, as the example file shows it.
pub(crate) struct Section {
    /// Its name in brackets; empty for the keys that stand before all sections.
    pub(crate) path: &'static str,
    /// Its doc comment, line by line.
    pub(crate) about: &'static [&'static str],
    /// Its settings.
    pub(crate) settings: &'static [Setting],
}

/// Defines a section: `key: Type = "default";`, `key: Type = "default", "lowest" to "highest";` or
/// `key: Option<Type> = none, "example";`. All values are written as an environment variable would
/// have them.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        struct $name:ident in $path:literal {
            $(
                $(#[doc = $doc:literal])*
                $key:ident: $kind:ty = $preset:tt $(, $low:literal $(to $high:literal)?)?;
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name {
            $($(#[doc = $doc])* pub(crate) $key: $kind,)*
        }

        impl $name {
            /// What the example file says about this section.
            pub(crate) const SECTION: $crate::settings::section::Section =
                $crate::settings::section::Section {
                    path: $path,
                    about: &[$($about),*],
                    settings: &[$(
                        $crate::settings::section::Setting {
                            key: stringify!($key),
                            doc: &[$($doc),*],
                            default: $crate::settings::section::preset!($preset $(, $low $(to $high)?)?),
                            range: $crate::settings::section::range!($($low $(to $high)?)?),
                            to_toml: <$kind as $crate::settings::value::Value>::to_toml,
                        }
                    ),*],
                };

            /// Reads the section from all sources; what is wrong is noted, and the default stands in.
            /// `besides`: what else the file may have there.
            pub(crate) fn read(
                reader: &mut $crate::settings::reader::Reader<'_>,
                besides: &[&str],
            ) -> Self {
                reader.refuse_unknown_keys(&Self::SECTION, besides);
                Self {
                    $($key: $crate::settings::section::read!(
                        reader, stringify!($key), $preset $(, $low $(to $high)?)?
                    ),)*
                }
            }
        }
    };
}

macro_rules! preset {
    (none, $example:literal) => {
        $crate::settings::section::Preset::Nothing($example)
    };
    ($default:literal $(, $low:literal to $high:literal)?) => {
        $crate::settings::section::Preset::Value($default)
    };
}

macro_rules! range {
    ($low:literal to $high:literal) => {
        Some(($low, $high))
    };
    ($($example:literal)?) => {
        None
    };
}

macro_rules! read {
    ($reader:ident, $key:expr, none, $example:literal) => {
        $reader.read($key, None)
    };
    ($reader:ident, $key:expr, $default:literal) => {
        $reader.read($key, Some($default))
    };
    ($reader:ident, $key:expr, $default:literal, $low:literal to $high:literal) => {
        $reader.read_within($key, $default, $low, $high)
    };
}

pub(crate) use {preset, range, read, section};
