package io.headgate.bench.storm;

/** Nothing: what clock, schedule and the scheduler of the machine cost. */
final class NoopStorm implements StormSubject {
  @Override
  public Answer submit(int producer, long call) {
    return Answer.REFUSED_LAST;
  }

  @Override
  public void close() {}
}
