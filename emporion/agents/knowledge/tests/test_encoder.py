"""The vectors are those of the published models, whatever way they are asked for."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emporion.agents.knowledge.encoder import ACROSS, DIMENSIONS, MEANING, from_bytes, to_bytes

pytestmark = pytest.mark.requirement("BUY-23")


def test_one_text_has_one_vector_alone_in_a_batch_or_among_threads(encoder):
    texts = ["Tea.", "A much longer sentence about the shipping of parcels to Japan, with é and ¥.", "Rückgabe"] * 4
    batch = encoder.encode_passages(texts)
    with ThreadPoolExecutor(8) as pool:
        single = np.stack(list(pool.map(encoder.encode_query, texts)))
    assert batch.shape == (12, DIMENSIONS)
    assert np.allclose(batch, single, atol=2e-5)
    assert np.allclose(np.linalg.norm(batch[:, MEANING], axis=1), 1, atol=1e-4)


def test_a_text_that_was_begun_is_made_once(encoder, monkeypatch):
    made = []
    encode = encoder._encode
    monkeypatch.setattr(encoder, "_encode", lambda texts: made.extend(texts) or encode(texts))
    with ThreadPoolExecutor(4) as pool:
        vectors = [*pool.map(encoder.encode_query, ["How is a parcel begun?", " How is a  parcel begun?"] * 2)]
    assert made == ["How is a parcel begun?"]
    assert all(np.array_equal(vectors[0], vector) for vector in vectors)


def test_a_failing_batch_keeps_nobody_waiting(encoder, monkeypatch):
    texts = [f"failing {number}" for number in range(20)]
    with monkeypatch.context() as broken:
        broken.setattr(encoder, "_encode", lambda _: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            encoder.encode_queries(texts)
    assert encoder.encode_queries(texts).shape == (20, DIMENSIONS)


def test_like_meanings_are_near_also_across_languages(encoder):
    english, german, other = (
        encoder.encode_query(text)
        for text in ("How many days of vacation do I get?", "Wie viele Urlaubstage bekomme ich?", "The wing of a jet")
    )
    assert english[ACROSS] @ german[ACROSS] > 0.6 > english[ACROSS] @ other[ACROSS] + 0.3
    assert english[MEANING] @ encoder.encode_query("holiday allowance in days")[MEANING] > 0.5


def test_stored_embeddings_come_back_and_foreign_ones_are_refused(encoder):
    vector = encoder.encode_query("Tea")
    assert np.allclose(from_bytes([to_bytes(vector)])[0], vector, atol=1e-3)
    with pytest.raises(ValueError, match="another model"):
        from_bytes([b"\x00" * 768])


def test_progress_counts_to_the_end(encoder):
    seen = []
    encoder.encode_passages(["a"] * 40, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)


def test_text_is_cut_as_the_multilingual_model_was_trained(encoder):
    """A word in two spellings of Unicode is one, and what is in no language is rarest."""
    assert encoder.encode_across(["caf\u00e9"])[0] @ encoder.encode_across(["cafe\u0301"])[0] > 0.9999
    assert encoder.rarity("the") < encoder.rarity("Kündigungsfrist") <= encoder.rarity("qqqxzzk") == 16
