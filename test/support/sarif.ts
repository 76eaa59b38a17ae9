import { z } from "zod";

const text = z.strictObject({ text: z.string().min(1), markdown: z.string().min(1).optional() });
const level = z.enum(["none", "note", "warning", "error"]);
const artifactLocation = z.strictObject({
	// A relative reference without a scheme, an authority or `..` (RFC 3986), as code scanning wants it.
	uri: z.string().regex(/^(?![a-z][a-z0-9+.-]*:)(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[\w.~!$&'()*+,;=:@%/-]+$/i),
	uriBaseId: z.string(),
});
const region = z.strictObject({
	startLine: z.int().min(1),
	startColumn: z.int().min(1).optional(),
	endLine: z.int().min(1).optional(),
	endColumn: z.int().min(1).optional(),
	snippet: z.strictObject({ text: z.string() }).optional(),
});
const location = z.strictObject({
	id: z.int().min(0).optional(),
	physicalLocation: z.strictObject({ artifactLocation, region: region.optional() }),
	logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string() })).optional(),
	message: z.strictObject({ text: z.string() }).optional(),
});
const fix = z.strictObject({
	description: text,
	artifactChanges: z
		.array(
			z.strictObject({
				artifactLocation,
				replacements: z
					.array(
						z.strictObject({ deletedRegion: region, insertedContent: z.strictObject({ text: z.string() }).optional() }),
					)
					.min(1),
			}),
		)
		.min(1),
});
const rule = z.strictObject({
	id: z.string().min(1).max(255),
	name: z.string().max(255),
	shortDescription: z.strictObject({ text: z.string().min(1).max(1024) }),
	fullDescription: z.strictObject({ text: z.string().min(1).max(1024) }),
	help: text,
	defaultConfiguration: z.strictObject({ level }),
});
const result = z.strictObject({
	ruleId: z.string(),
	ruleIndex: z.int().min(0).optional(),
	level,
	message: text,
	locations: z.array(location).length(1),
	relatedLocations: z.array(location).max(1000).optional(),
	partialFingerprints: z.record(z.string(), z.string().min(1)),
	fixes: z.array(fix).min(1).optional(),
});
const ruleReference = z.strictObject({ index: z.int().min(0) });
/** The part of SARIF 2.1.0's schema that we write, with the limits of GitHub's code scanning. */
const log = z.strictObject({
	$schema: z.url(),
	version: z.literal("2.1.0"),
	runs: z
		.array(
			z.strictObject({
				tool: z.strictObject({
					driver: z.strictObject({
						name: z.string(),
						semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
						rules: z.array(rule),
					}),
				}),
				columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
				originalUriBaseIds: z.record(z.string(), z.strictObject({ description: text })),
				invocations: z.array(
					z.strictObject({
						executionSuccessful: z.boolean(),
						toolExecutionNotifications: z.array(
							z.strictObject({ level, message: text, associatedRule: ruleReference.optional() }),
						),
					}),
				),
				results: z.array(result).max(25_000),
			}),
		)
		.length(1),
});

/** What is wrong with a SARIF log: its form, and references that lead nowhere. */
export function sarifFaults(sarif: unknown): string[] {
	const parsed = log.safeParse(JSON.parse(JSON.stringify(sarif)));
	if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
	const [{ tool, results, originalUriBaseIds, invocations }] = parsed.data.runs as [(typeof parsed.data.runs)[number]];
	const { rules } = tool.driver;
	const notes = invocations.flatMap(({ toolExecutionNotifications }) => toolExecutionNotifications);
	const lost = notes.flatMap(({ associatedRule: of }) => (of && !rules[of.index] ? [`no rule ${of.index}`] : []));
	const wrong = results.flatMap(({ ruleId, ruleIndex, locations }, at) => [
		...(ruleIndex === undefined || rules[ruleIndex]?.id === ruleId
			? []
			: [`result ${at}: rule ${ruleIndex} is not ${ruleId}`]),
		...locations.flatMap(
			({
				physicalLocation: {
					artifactLocation: { uriBaseId },
				},
			}) => (uriBaseId in originalUriBaseIds ? [] : [`result ${at}: no base ${uriBaseId}`]),
		),
	]);
	return [...lost, ...wrong];
}
