package io.headgate.engine;

import java.util.Arrays;

/**
 * How long some calls took, as logarithms of times over what {@link CallShape} expects of them:
 * compared with it once all have ended, since it learns while they do. Not thread-safe.
 */
final class CallTimes {
  /** Quartiles of a normal distribution are so many deviations apart. */
  private static final double QUARTILES = 1.35;

  private final long[] inputTokens;
  private final long[] outputTokens;
  private final double[] times;
  private int size;

  /**
   * @param most that it holds; of more the first are kept
   */
  CallTimes(int most) {
    inputTokens = new long[most];
    outputTokens = new long[most];
    times = new double[most];
  }

  void add(long input, long output, double ns) {
    if (size < times.length) {
      inputTokens[size] = input;
      outputTokens[size] = output;
      times[size++] = ns;
    }
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** From here on until it is cleared they are logarithms, in order. */
  void compare(CallShape shape) {
    for (int i = 0; i < size; i++) {
      times[i] = StrictMath.log(times[i] / shape.of(inputTokens[i], outputTokens[i]));
    }
    Arrays.sort(times, 0, size);
  }

  /** The mean of the middle half: single calls that hang or are refused at once do not move it. */
  double mean() {
    int from = size / 4;
    int to = size - from;
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += times[i];
    }
    return sum / (to - from);
  }

  /** Of single calls, by their quartiles. */
  double deviation() {
    return (times[size * 3 / 4] - times[size / 4]) / QUARTILES;
  }
}
