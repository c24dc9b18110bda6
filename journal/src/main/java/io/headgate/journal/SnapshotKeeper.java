package io.headgate.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the journal on a thread of its own, leaves a snapshot every so often, and deletes what is
 * no longer to be kept. If it fails, the journal goes on without it.
 */
final class SnapshotKeeper implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);

  private final Path folder;
  private final FolderSettings how;
  private final long found;
  private volatile boolean ending;

  /**
   * Not yet started.
   *
   * @param found the number of the last record that was there already
   */
  SnapshotKeeper(Path folder, FolderSettings how, long found) {
    this.folder = folder;
    this.found = found;
    this.how = how;
  }

  @Override
  public void run() {
    try (var past = new PastReader(folder)) {
      // Not before a Headgate begins: who restarts it waits for that.
      past.goOnTo(found);
      past.leaveSnapshot();
      long before = past.written();
      while (!pause()) {
        while (!ending && past.goOn()) {
          // as far as it goes
        }
        past.leaveSnapshot();
        Retention.apply(folder, how.keepFor(), how.keepBytes(), before, System.currentTimeMillis());
        before = past.written();
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("journal {} has no more snapshots: recovery will take longer", folder, e);
    }
  }

  // True if that was all.
  private boolean pause() {
    long start = System.nanoTime();
    long every = how.snapshotEvery().toNanos();
    while (!ending) {
      long left = every - (System.nanoTime() - start);
      if (left <= 0) {
        return false;
      }
      LockSupport.parkNanos(this, left);
    }
    return true;
  }

  /** It ends. Any thread. */
  void end(Thread thread) {
    ending = true;
    LockSupport.unpark(thread);
  }
}
