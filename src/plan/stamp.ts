const RECORDED = /(?<![^\r\n])- Recorded: (\d{4}-\d{2}-\d{2} [\d:]{8} [+-]\d{2}:\d{2})(?![^\r\n])/;
const EXECUTED = /(?<![^\r\n])[-*] Executed(?: time)?: (\d{4}-\d{2}-\d{2} [\d:]{5,8}(?: ?(?:[+-]\d{2}:\d{2}|Z|UTC))?)/;

/** The Recorded stamp of an entry of the canonical form. */
export const recordedStamp = (text: string): string | undefined =>
	text.includes("- Recorded: ") ? RECORDED.exec(text)?.[1] : undefined;

/** When it was recorded, or else executed. */
export const stampOf = (text: string): string | undefined =>
	recordedStamp(text) ?? (text.includes(" Executed") ? EXECUTED.exec(text)?.[1] : undefined);
