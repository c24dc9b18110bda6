package io.headgate.bench.storm;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A pool of platform threads with a bounded queue, as long as what waits at Headgate. Its handler
 * of rejections notes them in the command: no exception, which would cost more than all the rest.
 * It has one gate, which is the last.
 */
final class ThreadPoolStorm implements StormSubject {
  private static final int QUEUE = 1_024;

  private final class Command implements Runnable {
    boolean rejected;

    @Override
    public void run() {
      provider.callAndForget();
    }
  }

  private final Provider provider;
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          Provider.CAPACITY,
          Provider.CAPACITY,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE),
          (command, _) -> ((Command) command).rejected = true);

  ThreadPoolStorm(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Answer submit(int producer, long call) {
    var command = new Command();
    pool.execute(command);
    return command.rejected ? Answer.REFUSED_LAST : Answer.ADMITTED;
  }

  @Override
  public void close() {
    var _ = pool.shutdownNow();
  }
}
