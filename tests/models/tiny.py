"""Writes a model of half a megabyte with random weights: `python tests/models/tiny.py FILE`, with the `gguf` package.

It says nothing sensible. It loads, streams, counts tokens, and a grammar forces its answers into a schema.
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

LAYERS, WIDTH, HEADS, INNER, CONTEXT = 2, 64, 4, 128, 4096
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "


def vocabulary() -> tuple[list[bytes], list[float], list[int]]:
    """Tokens, scores and types: three control tokens, every byte, every printable letter of ASCII."""
    letters = ["\u2581" if code == 32 else chr(code) for code in range(32, 127)]
    control = [(b"<unk>", UNKNOWN), (b"<s>", CONTROL), (b"</s>", CONTROL)]
    tokens = [name for name, _ in control] + [f"<0x{code:02X}>".encode() for code in range(256)]
    kinds = [kind for _, kind in control] + [BYTE] * 256
    tokens += [letter.encode() for letter in letters]
    kinds += [NORMAL] * len(letters)
    return tokens, [0.0] * len(tokens), kinds


def write(path: str) -> None:
    """The model file."""
    tokens, scores, kinds = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)
    _weights(writer, len(tokens))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(writer: gguf.GGUFWriter, size: int) -> None:
    random = np.random.default_rng(1)

    def drawn(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.08).astype(np.float32)

    ones = np.ones(WIDTH, dtype=np.float32)
    writer.add_tensor("token_embd.weight", drawn(size, WIDTH))
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", drawn(size, WIDTH))
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", ones)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", drawn(WIDTH, WIDTH))
        for name in ("ffn_gate", "ffn_up"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", drawn(INNER, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", drawn(WIDTH, INNER))


if __name__ == "__main__":
    write(sys.argv[1])
