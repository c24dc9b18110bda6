package io.headgate.bench;

import org.jspecify.annotations.Nullable;

/**
 * A producer that keeps so many calls under way: before it submits the next it waits for the oldest
 * one's end. One thread's own.
 *
 * @param <H> what a call under way is known by
 */
public abstract class Pipeline<H> {
  private final @Nullable Object[] underWay;
  private int at;

  /** One that keeps {@code depth} calls under way; with 1 they go one by one. */
  protected Pipeline(int depth) {
    underWay = new Object[depth];
  }

  /** Submits an empty call; must fail loudly if it is not let in. */
  protected abstract H submit() throws Exception;

  /** Waits for its end. */
  protected abstract void join(H call) throws Exception;

  /** Joins the oldest and submits another. */
  @SuppressWarnings("unchecked") // only what submit answered is kept
  public final void turn() throws Exception {
    H oldest = (H) underWay[at];
    if (oldest != null) {
      join(oldest);
    }
    underWay[at] = submit();
    at = at + 1 == underWay.length ? 0 : at + 1;
  }

  /** Joins all that is under way. */
  @SuppressWarnings("unchecked") // only what submit answered is kept
  public final void finish() throws Exception {
    for (int i = 0; i < underWay.length; i++) {
      H call = (H) underWay[i];
      underWay[i] = null;
      if (call != null) {
        join(call);
      }
    }
  }
}
