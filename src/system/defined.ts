/** The same members; those that may be undefined may be missing instead. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
	[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** An object without its members that are undefined. */
export const defined = <T extends object>(given: T): Defined<T> =>
	Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
