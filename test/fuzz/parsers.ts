import { attestationParsers } from "./attestations.ts";
import { configurationParsers } from "./configuration.ts";
import { documentParsers } from "./documents.ts";
import { imageParsers } from "./images.ts";
import { instanceParsers } from "./instances.ts";
import type { Parser } from "./parser.ts";
import { recordParsers } from "./records.ts";

/** Every reader of foreign text. */
export const PARSERS: readonly Parser[] = [
	...attestationParsers,
	...configurationParsers,
	...documentParsers,
	...imageParsers,
	...instanceParsers,
	...recordParsers,
];
