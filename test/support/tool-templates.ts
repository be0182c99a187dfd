/** Chat templates in the manner of three families of models, each with its special tokens; shorter, but of their shape. */
export interface ToolTemplate {
  family: string;
  template: string;
  marks: string[];
}

const told = '{% if tools %}<|system|>\n{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|end|>\n{% endif %}';

/** ChatML with `<|end|>` behind each message; tool messages that follow each other share a frame of the user. */
const chatml = (calls: string): string =>
  `${told}{% for m in messages %}` +
  "{% if m.role == 'tool' %}" +
  "{% if messages[loop.index0 - 1].role != 'tool' %}<|user|>{% endif %}\n<tool_response>\n{{ m.content }}\n</tool_response>" +
  "{% if loop.last or messages[loop.index0 + 1].role != 'tool' %}<|end|>\n{% endif %}" +
  `{% else %}<|{{ m.role }}|>\n{{ m.content }}${calls}<|end|>\n{% endif %}` +
  '{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}';

const CHATML = ['<|system|>', '<|user|>', '<|assistant|>', '<|end|>'];

export const TOOL_TEMPLATES: ToolTemplate[] = [
  {
    family: 'Hermes and Qwen',
    marks: [...CHATML, '<tool_call>', '</tool_call>'],
    template: chatml(
      '{% for c in m.tool_calls or [] %}\n<tool_call>\n' +
        `{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}` +
        '\n</tool_call>{% endfor %}',
    ),
  },
  {
    family: 'Qwen3-Coder',
    marks: CHATML,
    template: chatml(
      '{% for c in m.tool_calls or [] %}\n<tool_call>\n<function={{ c.function.name }}>\n' +
        '{% for k, v in c.function.arguments | items %}<parameter={{ k }}>\n' +
        '{{ v if v is string else v | tojson }}\n</parameter>\n{% endfor %}</function>\n</tool_call>{% endfor %}',
    ),
  },
  {
    family: 'GLM-4.5',
    marks: ['<|system|>', '<|user|>', '<|assistant|>', '<|observation|>', '<|end|>'],
    template:
      `${told}{% for m in messages %}` +
      "{% if m.role == 'user' %}<|user|>\n{{ m.content }}" +
      "{% elif m.role == 'assistant' %}<|assistant|>\n<think></think>" +
      '{% if m.content.strip() %}\n{{ m.content.strip() }}{% endif %}' +
      '{% for c in m.tool_calls or [] %}\n<tool_call>{{ c.function.name }}\n' +
      '{% for k, v in c.function.arguments.items() %}<arg_key>{{ k }}</arg_key>\n' +
      '<arg_value>{{ v if v is string else v | tojson }}</arg_value>\n{% endfor %}</tool_call>{% endfor %}' +
      "{% elif m.role == 'tool' %}{% if messages[loop.index0 - 1].role != 'tool' %}<|observation|>{% endif %}" +
      '\n<tool_response>\n{{ m.content }}\n</tool_response>{% endif %}' +
      '{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}',
  },
];
