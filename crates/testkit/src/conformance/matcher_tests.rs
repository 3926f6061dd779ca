//! The matcher's rules, one test a rule.

use serde_json::{Value, json};

use super::{match_json, match_unordered};
use crate::conformance::scope::Scope;

fn check(expected: &Value, actual: &Value) -> Result<(), String> {
    match_json(expected, actual, &mut Scope::default()).map_err(|mismatch| mismatch.to_string())
}

#[test]
fn objects_match_as_a_subset_at_any_depth() {
    let actual = json!({"a": {"b": 1, "more": true}, "c": [{"d": null, "e": 2}]});
    assert_eq!(
        check(&json!({"a": {"b": 1}, "c": [{"d": null}]}), &actual),
        Ok(())
    );
}

#[test]
fn a_difference_names_its_path_the_expected_and_the_got() {
    let actual = json!({"results": [{"id": "7"}]});
    assert_eq!(
        check(&json!({"results": [{"id": "$int"}]}), &actual),
        Err("at $.results[0].id: expected \"$int\", got \"7\"".to_owned())
    );
    assert_eq!(
        check(&json!({"results": [{"name": "x"}]}), &actual),
        Err("at $.results[0].name: expected \"x\", got nothing; the object has id".to_owned())
    );
    assert_eq!(
        check(&json!({"results": {}}), &actual),
        Err("at $.results: expected an object, got [{\"id\":\"7\"}]".to_owned())
    );
}

#[test]
fn arrays_match_element_by_element_and_in_length() {
    assert_eq!(
        check(&json!([1, {"a": 1}]), &json!([1, {"a": 1, "b": 2}])),
        Ok(())
    );
    assert!(check(&json!([1, 2]), &json!([2, 1])).is_err());
    assert_eq!(
        check(&json!([1]), &json!([1, 2])),
        Err("at $: expected an array of 1, got 2: [1,2]".to_owned())
    );
    assert!(check(&json!([]), &json!([1])).is_err());
    assert!(check(&json!([1]), &json!({"0": 1})).is_err());
}

#[test]
fn contains_gives_every_item_an_element_of_its_own() {
    let actual = json!([{"id": 1, "k": "a"}, {"id": 2, "k": "a"}, {"id": 3}]);
    assert_eq!(
        check(&json!({"$contains": [{"id": 3}, {"k": "a"}]}), &actual),
        Ok(())
    );
    // The first item fits elements 1 and 2, the second only element 1.
    assert_eq!(
        check(&json!({"$contains": [{"k": "a"}, {"id": 1}]}), &actual),
        Ok(())
    );
    assert!(check(&json!({"$contains": [{"id": 1}, {"id": 1}]}), &actual).is_err());
    let error = check(&json!({"$contains": [{"id": 4}]}), &actual).unwrap_err();
    assert!(
        error.starts_with("at $: expected an element like {\"id\":4}, got ["),
        "{error}"
    );
}

#[test]
fn length_counts_alone_or_beside_contains() {
    assert_eq!(check(&json!({"$length": 2}), &json!([1, 2])), Ok(()));
    assert_eq!(
        check(&json!({"$length": 2, "$contains": [2]}), &json!([1, 2])),
        Ok(())
    );
    assert_eq!(
        check(&json!({"$length": 0}), &json!([1])),
        Err("at $: expected an array of 0, got 1: [1]".to_owned())
    );
    assert!(check(&json!({"$length": 0}), &json!({})).is_err());
    assert!(
        check(&json!({"$lenght": 1}), &json!([1])).is_err(),
        "a misspelt matcher is no pass"
    );
}

#[test]
fn words_stand_for_kinds() {
    let uuid = "2fd7892f-0d53-4746-80c7-6cefed7b6536";
    let time = "2026-01-02T03:04:05.678901Z";
    let good = [
        ("$int", json!(7)),
        ("$string", json!("")),
        ("$bool", json!(false)),
        ("$uuid", json!(uuid)),
        ("$time", json!(time)),
        ("$time", json!("2026-01-02T03:04:05+00:00")),
        ("$url", json!("http://a.test:8000/media/x.png")),
        ("$any", json!(null)),
        ("$null", json!(null)),
    ];
    for (word, value) in good {
        assert_eq!(check(&json!(word), &value), Ok(()));
    }
    let bad = [
        ("$int", json!("7")),
        ("$int", json!(7.5)),
        ("$string", json!(null)),
        ("$bool", json!("false")),
        ("$uuid", json!("2fd7892f0d53474680c76cefed7b6536")),
        ("$uuid", json!(uuid.to_uppercase())),
        ("$time", json!("2026-01-02T03:04:05.678901")),
        ("$time", json!("2026-01-02")),
        ("$time", json!(1_767_000_000)),
        ("$url", json!("/media/x.png")),
        ("$url", json!("javascript:alert(1)")),
        ("$null", json!("")),
    ];
    for (word, value) in bad {
        assert!(check(&json!(word), &value).is_err(), "{word} took {value}");
    }
}

#[test]
fn any_and_null_want_the_field_to_be_there() {
    assert!(check(&json!({"errors": "$any"}), &json!({})).is_err());
    assert!(check(&json!({"job": "$null"}), &json!({})).is_err());
    assert!(check(&json!({"job": null}), &json!({})).is_err());
}

#[test]
fn other_dollar_texts_are_literal() {
    assert_eq!(check(&json!("$50"), &json!("$50")), Ok(()));
    assert!(check(&json!("$50"), &json!("$51")).is_err());
}

#[test]
fn numbers_compare_by_value_and_never_as_text() {
    assert_eq!(check(&json!(100), &json!(100.0)), Ok(()));
    assert!(check(&json!(100), &json!("100")).is_err());
    assert!(
        check(
            &json!(9_007_199_254_740_993_u64),
            &json!(9_007_199_254_740_992_u64)
        )
        .is_err()
    );
}

#[test]
fn what_a_word_saves_is_wanted_again_with_its_type() {
    let mut scope = Scope::default();
    match_json(&json!({"id": "$int:m"}), &json!({"id": 7}), &mut scope).unwrap();
    assert_eq!(
        match_json(&json!([{"m": "{m}"}]), &json!([{"m": 7}]), &mut scope),
        Ok(())
    );
    let error = match_json(&json!({"m": "{m}"}), &json!({"m": "7"}), &mut scope).unwrap_err();
    assert_eq!(error.to_string(), "at $.m: expected 7 ({m}), got \"7\"");
    assert_eq!(
        match_json(&json!("inbox/{m}"), &json!("inbox/7"), &mut scope),
        Ok(())
    );
}

#[test]
fn a_saved_text_is_never_read_as_a_word_again() {
    let mut scope = Scope::default();
    match_json(&json!("$string:t"), &json!("$any"), &mut scope).unwrap();
    assert!(match_json(&json!("{t}"), &json!("else"), &mut scope).is_err());
}

#[test]
fn a_failed_match_saves_nothing() {
    let mut scope = Scope::default();
    let failed = match_json(&json!(["$int:m", "$int"]), &json!([1, "x"]), &mut scope);
    assert!(failed.is_err());
    assert!(scope.get("m").is_err());
}

#[test]
fn frames_in_any_order_each_need_their_own_expectation() {
    let frames = [json!({"t": "b", "id": 2}), json!({"t": "a", "id": 1})];
    let expected = [json!({"t": "a", "id": "$int:a"}), json!({"t": "b"})];
    let mut scope = Scope::default();
    assert_eq!(match_unordered(&expected, &frames, &mut scope), Ok(()));
    assert_eq!(scope.get("a"), Ok(&json!(1)));
    let twice = [json!({"t": "a"}), json!({"t": "a"})];
    assert!(match_unordered(&twice, &frames, &mut scope).is_err());
}
