//! Names that an ABI gives and those under which a value is reachable.

/// The unique key of each field of a tuple, in order.
///
/// A name is its own key; one that occurs again gets `_` appended until it is new; an empty one becomes `_0`, `_1`, ...
/// after its position.
#[must_use]
pub fn unique_keys(names: &[&str]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(names.len());
    for (position, name) in names.iter().enumerate() {
        let mut key = if name.is_empty() {
            format!("_{position}")
        } else {
            (*name).to_owned()
        };
        // A later field that really bears the name keeps it.
        while keys.contains(&key) || (name.is_empty() && names.contains(&key.as_str())) {
            key.push('_');
        }
        keys.push(key);
    }
    keys
}

/// The candidate that `name` was probably meant to be, if one is near.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(2).min(4);
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, letter case ignored; names are cut to 64 characters.
fn distance(left: &str, right: &str) -> usize {
    let fold =
        |text: &str| -> Vec<char> { text.chars().take(64).flat_map(char::to_lowercase).collect() };
    let (left, right) = (fold(left), fold(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_keep_given_names() {
        assert_eq!(unique_keys(&["a", "b"]), ["a", "b"]);
        assert_eq!(unique_keys(&["a", "a", "a"]), ["a", "a_", "a__"]);
        assert_eq!(unique_keys(&["", ""]), ["_0", "_1"]);
        assert_eq!(unique_keys(&["", "_0"]), ["_0_", "_0"]);
    }

    #[test]
    fn nearest_finds_slips_and_nothing_far_away() {
        let names = ["amount", "recipient"];
        assert_eq!(nearest("amuont", names.into_iter()), Some("amount"));
        assert_eq!(nearest("Recipient", names.into_iter()), Some("recipient"));
        assert_eq!(nearest("deadline", names.into_iter()), None);
        assert_eq!(nearest("x", ["to"].into_iter()), None);
    }
}
