import { isMap, isScalar, visit, YAMLParseError, type Document } from "yaml";

/**
 * An error for every key that its mapping has already, where the key begins. The parser's own search for them compares
 * each key with every other one, which takes minutes for a mapping of 60,000 keys: give it `uniqueKeys: false`.
 */
export function repeatedKeys(document: Document): YAMLParseError[] {
	const errors: YAMLParseError[] = [];
	visit(document, {
		Map(_, node) {
			if (!isMap(node)) return;
			const seen = new Set<unknown>();
			for (const { key } of node.items) {
				if (!isScalar(key) || key.value === "<<") continue;
				const at = key.range?.[0] ?? 0;
				if (seen.has(key.value))
					errors.push(new YAMLParseError([at, at + 1], "DUPLICATE_KEY", "Map keys must be unique"));
				seen.add(key.value);
			}
		},
	});
	return errors;
}
