import { listed, weigh } from "../facts/found.ts";
import { productsOf, type Product, type Stated } from "../facts/release-versions.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS462",
	scope: "static",
	severity: "warning",
	question: "Does every place that states the version of the product state the same?",
	why: "A release went out with half of its numbers: what a program says of itself, its image and its chart is not what was built.",
	example:
		'`version = "1.4.0"` in pyproject.toml and `__version__ = "1.3.2"` in the package; write one, or read it from the other.',
	run(tree) {
		const products = productsOf(tree);
		return {
			looked: `${products.length} manifests with a version`,
			findings: products.flatMap(disagree),
		};
	},
} satisfies StaticCheck;

function disagree({ name, stated }: Product): Found[] {
	// What is not released yet is not in the changelog; what is there was released.
	const newest = stated.filter(({ by }) => by === "manifest").map(({ value }) => value);
	const counts = stated.filter(({ by, value }) => by !== "changelog" || newest.every((one) => isNewer(value, one)));
	const manifests = stated.filter(({ by }) => by === "manifest");
	const [first, second] = manifests;
	// Two ecosystems in one folder may be two products.
	if (second && bareName(first!) !== bareName(second)) return [];
	const values = new Set(counts.map(({ value }) => value));
	if (values.size < 2) return [];
	const { odd, wanted, evidence } = weigh(counts);
	return [
		{
			message: `${name} is stated in the versions ${[...values].join(" and ")}`,
			evidence,
			fix: {
				say: `write the version that is meant, such as ${wanted}, in ${listed(counts.filter(({ value }) => value === odd.value))}`,
			},
		},
	];
}

const bareName = ({ file }: Stated): string =>
	/^\s*"?name"?\s*[:=]\s*["']([^"']+)["']/m.exec(file.text)?.[1]?.toLowerCase() ?? "";

const isNewer = (a: string, b: string): boolean => {
	const [left, right] = [a, b].map((one) => one.split(/[^\d]+/).map(Number));
	for (let at = 0; at < 3; at += 1)
		if ((left![at] ?? 0) !== (right![at] ?? 0)) return (left![at] ?? 0) > (right![at] ?? 0);
	return false;
};
