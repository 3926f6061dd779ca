//! Private servers, the conformance runner and contract suites for tests.
