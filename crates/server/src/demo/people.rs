//! The demo's people. Everybody can see that they are none.

use parlance_core::user::UserUpsert;
use serde_json::{Map, json};

/// The password of all of them; printed, and good for nothing but the demo.
pub(crate) const PASSWORD: &str = "demo-password";

/// A person that the demo makes.
pub(crate) struct DemoPerson {
    /// Name to log in by; the external id as well.
    pub(crate) username: &'static str,
    /// Last name; all are called Demo.
    pub(crate) last_name: &'static str,
    /// The part played.
    pub(crate) role: &'static str,
}

/// Opens the seeded conversation as a customer.
pub(crate) const CUSTOMER: DemoPerson = DemoPerson {
    username: "demo-customer",
    last_name: "Customer",
    role: "customer",
};

/// Answers there.
pub(crate) const PROVIDER: DemoPerson = DemoPerson {
    username: "demo-provider",
    last_name: "Provider",
    role: "provider",
};

/// Has talked to nobody yet.
pub(crate) const NEWCOMER: DemoPerson = DemoPerson {
    username: "demo-newcomer",
    last_name: "Newcomer",
    role: "customer",
};

/// All of them, in each app.
pub(crate) const PEOPLE: [DemoPerson; 3] = [CUSTOMER, PROVIDER, NEWCOMER];

impl DemoPerson {
    /// `Demo Customer`
    pub(crate) fn name(&self) -> String {
        format!("Demo {}", self.last_name)
    }

    /// What the host of the app would say about the person.
    pub(crate) fn to_upsert(&self) -> UserUpsert {
        let mut metadata = Map::new();
        if self.role == "provider" {
            metadata.insert("business_name".to_owned(), json!("Demo Repairs"));
        }
        UserUpsert {
            external_id: self.username.to_owned(),
            username: Some(self.username.to_owned()),
            email: Some(format!("{}@demo.example", self.username)),
            first_name: Some("Demo".to_owned()),
            last_name: Some(self.last_name.to_owned()),
            role: Some(self.role.to_owned()),
            is_active: Some(true),
            metadata: Some(metadata),
            ..UserUpsert::default()
        }
    }
}
