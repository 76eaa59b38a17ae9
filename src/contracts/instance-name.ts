/** What an instance may be called: the name is a part of labels, identities and file names. */
export const INSTANCE_NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** The same in words. */
export const INSTANCE_NAME_FORM = "lower-case letters, digits and -, starting with a letter or digit";
