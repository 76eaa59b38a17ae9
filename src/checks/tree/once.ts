import { keepYoungHeap } from "../../system/young-heap.ts";

/** Facts that are made before the heap is looked at again: some checks make those of all files at once. */
const BETWEEN_LOOKS = 50;
let times = 0;

/** A function that makes its answer once for each subject, and keeps it as long as the subject is in use. */
export function once<Subject extends object, Made>(make: (subject: Subject) => Made): (subject: Subject) => Made {
	const known = new WeakMap<Subject, { made: Made }>();
	return (subject) => {
		const before = known.get(subject);
		if (before) return before.made;
		const made = make(subject);
		if ((times += 1) % BETWEEN_LOOKS === 0) keepYoungHeap();
		known.set(subject, { made });
		return made;
	};
}
