"""Exchanges between devices, counted in the text of programs that were compiled for several."""

from gapjunction.sharding import Collective, collectives


def test_operations_in_two_halves_count_once_with_their_results_alone():
    """The start of a gather gives its operand as well, that of a permutation two numbers more."""
    text = """
      %s = (f32[4]{0}, f32[16]{0}) all-gather-start(f32[4]{0} %x), dimensions={0}
      %d = f32[16]{0} all-gather-done((f32[4]{0}, f32[16]{0}) %s)
      %p = (f32[4], f32[4], u32[], u32[]) collective-permute-start(f32[4] %x), channel_id=1
      ROOT %q = f32[4] collective-permute-done((f32[4], f32[4], u32[], u32[]) %p)
      %r = (f64[2]{0}, pred[3]{0}) all-reduce(f64[2]{0} %y, pred[3]{0} %z), to_apply=%add
    """
    assert collectives(text) == {
        "all-gather": Collective(1, 64),
        "collective-permute": Collective(1, 16),
        "all-reduce": Collective(1, 19),
    }
