"""Random account settings, in the words that the public API and the reference share."""

from hypothesis import strategies as st

from tests.reference.costs import Settings


@st.composite
def account_settings(draw: st.DrawFn, level: float) -> Settings:
    """Draw an account whose costs and lots matter at the market's price level, and sometimes ruin it."""
    share = st.sampled_from([0.0, 0.001 * level, 0.2 * level])
    commission = draw(
        st.one_of(
            st.none(),
            st.just({"type": "none"}),
            st.builds(lambda rate: {"type": "percent", "rate": rate}, st.sampled_from([0.0, 0.001, 0.05])),
            st.builds(lambda amount: {"type": "fixed", "amount": amount}, st.sampled_from([1.0, 50.0, 30_000.0])),
            st.builds(
                lambda rate, minimum: {"type": "per_share", "rate": rate, "minimum": minimum},
                share,
                st.sampled_from([0.0, 1.0, 200.0]),
            ),
        )
    )
    slippage = draw(
        st.one_of(
            st.none(),
            st.just({"type": "none"}),
            st.builds(lambda rate: {"type": "percent", "rate": rate}, st.sampled_from([0.0005, 0.02])),
            st.builds(
                lambda part: {"type": "fixed", "amount": part * level},
                st.sampled_from([0.0005, 0.05, 0.9, 1.5]),
            ),
        )
    )
    return Settings(
        cash=draw(st.sampled_from([1_000.0, 100_000.0, 12_345.67])),
        commission=commission,
        slippage=slippage,
        position_size=draw(st.sampled_from([0.01, 0.3, 0.9999, 1.0])),
        lot_size=draw(st.sampled_from([0.0, 0.0, 0.01, 1.0, 10.0])),
        fill=draw(st.sampled_from(["next_open", "same_close"])),
        close_at_end=draw(st.booleans()),
    )
