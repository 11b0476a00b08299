/** A refusal that the server answers in the OpenAI error shape. */
export class RequestError extends Error {
	readonly status: number;
	readonly type: string;
	readonly param: string | null;

	constructor(message: string, { status = 400, type = "BadRequestError", param = null as string | null } = {}) {
		super(message);
		this.status = status;
		this.type = type;
		this.param = param;
	}

	/** The body of the answer. */
	body(): { error: { message: string; type: string; param: string | null; code: number } } {
		return { error: { message: this.message, type: this.type, param: this.param, code: this.status } };
	}
}
