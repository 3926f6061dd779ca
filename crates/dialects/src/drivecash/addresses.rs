//! Absolute addresses: of the API, and of uploaded files, which open without a header.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::message::Attachment;
use parlance_media::serving;

use crate::contract::View;

/// Where uploaded files are served.
pub(super) const FILES: &str = "/media/chat_attachments/";

/// Different addresses under which sockets may have reached us.
const BASES: usize = 64;

/// Makes addresses for one viewer.
#[derive(Clone)]
pub(super) struct Links {
    app: Arc<App>,
    base: Arc<str>,
    now: Timestamp,
}

impl Links {
    /// Below `base` (`scheme://host`), permitting from `now` on.
    pub(super) const fn new(app: Arc<App>, base: Arc<str>, now: Timestamp) -> Self {
        Self { app, base, now }
    }

    /// Of a path.
    pub(super) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Of a file, with the permission to read it for a day at least.
    pub(super) fn file(&self, attachment: &Attachment) -> String {
        let name = &attachment.storage_name;
        let permission = serving::permission_query(&self.app.secret, name, self.now);
        format!("{}{FILES}{name}?{permission}", self.base)
    }
}

/// The addresses under which sockets reached us. A frame that carries an absolute address has other
/// bytes for each of them, so each is a view.
#[derive(Default)]
pub(super) struct Bases {
    known: Mutex<Vec<Arc<str>>>,
}

impl Bases {
    fn known(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The view of sockets that came by this address. The address is the client's word and must not
    /// fill the memory: past a number that no installation has, addresses have no host at all.
    pub(super) fn view(&self, base: &str) -> View {
        let mut known = self.known();
        let at = known.iter().position(|one| **one == *base);
        let at = at.or_else(|| {
            (known.len() < BASES).then(|| {
                known.push(base.into());
                known.len() - 1
            })
        });
        let at = at.and_then(|at| u8::try_from(at).ok());
        View(at.unwrap_or(u8::MAX))
    }

    /// The address of a view.
    pub(super) fn base(&self, view: View) -> Arc<str> {
        let found = self.known().get(usize::from(view.0)).cloned();
        found.unwrap_or_else(|| "".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_a_view_up_to_a_bound() {
        let bases = Bases::default();
        assert_eq!(bases.view("http://a.test"), View(0));
        assert_eq!(bases.view("http://b.test"), View(1));
        assert_eq!(bases.view("http://a.test"), View(0));
        assert_eq!(&*bases.base(View(1)), "http://b.test");
        assert_eq!(&*bases.base(View(9)), "");
        for n in 0..1_000 {
            bases.view(&format!("http://{n}.test"));
        }
        assert_eq!(bases.known().len(), BASES);
        let late = bases.view("http://late.test");
        assert_eq!(&*bases.base(late), "");
    }
}
