/** A text as a part of a regular expression that matches nothing else: names in files of strangers hold anything. */
export const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
