/** A function that makes its answer once for each subject, and keeps it as long as the subject is in use. */
export function once<Subject extends object, Made>(make: (subject: Subject) => Made): (subject: Subject) => Made {
	const known = new WeakMap<Subject, { made: Made }>();
	return (subject) => {
		const before = known.get(subject);
		if (before) return before.made;
		const made = make(subject);
		known.set(subject, { made });
		return made;
	};
}
