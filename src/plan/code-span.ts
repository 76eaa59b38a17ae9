/** Text as a code span, which ends at the first backtick inside of it. */
export const codeSpan = (text: string): string => `\`${text.replaceAll("`", "'")}\``;
