import type { Language } from "./languages.ts";
import type { SourceFile } from "./source-file.ts";

/** A file that was not read. */
export interface Skipped {
	path: string;
	why: string;
	/** It is data by its size or its form; otherwise it could not be read. */
	large: boolean;
}

/** The files of a repository, as far as git does not ignore them. Made by `readTree`. */
export class Tree {
	readonly #byPath: ReadonlyMap<string, SourceFile>;
	readonly #all: ReadonlySet<string>;
	readonly #byLanguages = new Map<string, readonly SourceFile[]>();
	readonly #folders = new Set<string>([""]);

	/** Absolute, in the form of this system. */
	readonly root: string;
	/** The text files, sorted by path. */
	readonly files: readonly SourceFile[];
	/** Every file, binary ones too. */
	readonly paths: readonly string[];
	/** Files that were not read, with the reason: too large, unreadable. */
	readonly skipped: readonly Skipped[];
	/** Whether it is a git repository, so that ignored files are left out. */
	readonly git: boolean;

	constructor(of: Pick<Tree, "root" | "files" | "paths"> & Partial<Pick<Tree, "skipped" | "git">>) {
		this.root = of.root;
		this.files = of.files;
		this.paths = of.paths;
		this.skipped = of.skipped ?? [];
		this.git = of.git ?? true;
		this.#byPath = new Map(this.files.map((file) => [file.path, file]));
		this.#all = new Set(this.paths);
		for (const path of this.paths) this.#addFolders(path);
	}

	#addFolders(path: string): void {
		for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
			this.#folders.add(path.slice(0, at));
	}

	file(path: string): SourceFile | undefined {
		return this.#byPath.get(path);
	}

	/** Whether a file or a folder of this path (from the root, with slashes) is in the tree. */
	has(path: string): boolean {
		const bare = path.replace(/^\.\//, "").replace(/\/$/, "");
		return this.#all.has(bare) || this.#folders.has(bare);
	}

	/** The same with one file in another state. */
	with(file: SourceFile): Tree {
		const { root, paths, skipped, git } = this;
		return new Tree({
			root,
			paths,
			skipped,
			git,
			files: this.files.map((one) => (one.path === file.path ? file : one)),
		});
	}

	/** The files of some languages, sorted by path. */
	in(...languages: readonly Language[]): readonly SourceFile[] {
		const key = languages.join();
		const found = this.#byLanguages.get(key) ?? this.files.filter(({ language }) => languages.includes(language));
		this.#byLanguages.set(key, found);
		return found;
	}
}
