const PIECE = /<\/?think>|<unk>|\n\n|\n| ?[A-Za-z']+| ?[0-9]+| |[^\sA-Za-z0-9']|\s/g;
const RAW_PIECE = /<\/?think>|<(?:unk|end|system|user|assistant)>|\n\n|\n| ?[A-Za-z']+| ?[0-9]+| |[^\sA-Za-z0-9']|\s/g;
const HIDDEN = new Set(["<pad>", "<end>", "<system>", "<user>", "<assistant>", "<image>"]);

/** Words to ids and back. Text that the model wrote survives the round trip exactly; unknown words become `<unk>`. */
export class Tokenizer {
	readonly tokens: readonly string[];
	private readonly ids: Map<string, number>;

	constructor(vocabulary: readonly string[]) {
		this.tokens = vocabulary;
		this.ids = new Map(vocabulary.map((token, id) => [token, id]));
	}

	/** The id of a token that the vocabulary is known to hold. */
	id(token: string): number {
		const id = this.ids.get(token);
		if (id === undefined) throw new Error(`The vocabulary lacks ${JSON.stringify(token)}.`);
		return id;
	}

	/** Text to ids. With `raw`, the role marks of the chat template are read as such. */
	encode(text: string, raw = false): number[] {
		const unknown = this.id("<unk>");
		const pieces = text.match(raw ? RAW_PIECE : PIECE) ?? [];
		return pieces.map((piece) => this.ids.get(piece) ?? this.ids.get(piece.toLowerCase()) ?? unknown);
	}

	/** The text of one id; role marks have none. */
	text(id: number): string {
		const token = this.tokens[id];
		if (token === undefined) throw new RangeError(`There is no token ${id}.`);
		return HIDDEN.has(token) ? "" : token;
	}

	/** Ids to text. */
	decode(ids: readonly number[]): string {
		return ids.map((id) => this.text(id)).join("");
	}
}
