// OpenAI's own SDK for JavaScript: node openai.mjs BASE_URL QUESTION. Prints what it read, whole and streamed, of both endpoints.
import OpenAI from "openai";

const [baseURL, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
const messages = [{ role: "user", content: question }];

async function chat() {
  const whole = await client.chat.completions.create({ model: "aitoll", messages });
  const { content, annotations } = whole.choices[0].message;
  let streamed = "";
  let usage = null;
  const options = { model: "aitoll", messages, stream: true, stream_options: { include_usage: true } };
  for await (const chunk of await client.chat.completions.create(options)) {
    streamed += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  return { whole: content, streamed, helper: await client.chat.completions.stream({ model: "aitoll", messages }).finalContent(), annotations, usage };
}

async function responses() {
  const whole = await client.responses.create({ model: "aitoll", input: question });
  const stream = client.responses.stream({ model: "aitoll", input: question });
  let streamed = "";
  for await (const event of stream) if (event.type === "response.output_text.delta") streamed += event.delta;
  const helper = (await stream.finalResponse()).output_text;
  const follow = await client.responses.create({ model: "aitoll", input: "And in Poland?", previous_response_id: whole.id });
  return { whole: whole.output_text, streamed, helper, annotations: whole.output[0].content[0].annotations, usage: whole.usage, follow: follow.output_text };
}

async function error() {
  try {
    await client.responses.create({ model: "gpt-6", input: question });
  } catch (told) {
    return { name: told.constructor.name, status: told.status, param: told.param };
  }
}

const ids = [];
for await (const model of client.models.list()) ids.push(model.id);
console.log(JSON.stringify({ ids, chat: await chat(), responses: await responses(), error: await error() }));
