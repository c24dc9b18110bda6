package io.headgate.journal;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records from the pipe to the file, on a thread of its own that nobody interrupts. What it
 * cannot write it keeps, and tries again: the pipe fills meanwhile, and admission gives way.
 */
final class Journaler implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Journaler.class);
  private static final int BATCH = 256;
  private static final long POLL_NS = 200_000;
  private static final long AWAKE_NS = 50_000_000;
  private static final long EAGER_NS = 50_000;
  private static final long RETRY_NS = 100_000_000;
  private static final long LOOK_AT_SPACE_NS = 50_000_000;

  private final RecordPipe pipe;
  private final RecordFile file;
  private final FolderLock lock;
  private final Path folder;
  private final MessageHandler add;
  private final @Nullable Gap gap;
  private final boolean eager;
  private final long leastFree;
  private final Runnable progress;

  // How many came out of the pipe, and when it was last tried to end a gap.
  private long taken;
  private long triedNs;

  // By how much the file's numbers are ahead of that.
  private long ahead;

  private volatile long durable;
  private volatile long wanted;
  private volatile boolean asleep;
  private volatile boolean ending;
  private long lookedNs = Long.MIN_VALUE;
  private boolean hasSpace;
  private volatile boolean failing;

  /**
   * Not yet started.
   *
   * @param eager whether somebody waits for each record
   * @param leastFree bytes of free space below which nothing is written
   * @param gap what becomes of records that cannot be written; null if they wait
   * @param progress run when {@link #durable} has grown
   */
  Journaler(
      RecordPipe pipe,
      RecordFile file,
      FolderLock lock,
      Path folder,
      boolean eager,
      long leastFree,
      @Nullable Gap gap,
      Runnable progress) {
    this.gap = gap;
    this.lock = lock;
    this.eager = eager;
    this.leastFree = leastFree;
    this.progress = progress;
    this.pipe = pipe;
    this.file = file;
    this.folder = folder;
    ahead = file.sequence();
    this.add = (type, buffer, index, length) -> take(buffer, index, length);
  }

  @Override
  public void run() {
    try {
      long workedNs = System.nanoTime();
      while (true) {
        boolean last = ending; // read before the pipe: what was written before it is taken
        int come = pipe.read(add, BATCH);
        long now = System.nanoTime();
        boolean idle = come == 0 && durable != taken && openGap() == null;
        if (idle || (!file.isEmpty() && (file.isFull() || come < BATCH))) {
          write(now, last, idle);
        }
        Gap open = openGap();
        if (open != null) {
          goOnWithout(open, now);
        }
        pipe.caughtUp();
        if (come > 0) {
          workedNs = now;
        } else if (last) {
          return;
        } else if (open != null) {
          LockSupport.parkNanos(this, RETRY_NS);
        } else if (eager && now - workedNs < EAGER_NS) {
          Thread.yield();
        } else if (!eager && now - workedNs < AWAKE_NS) {
          LockSupport.parkNanos(this, POLL_NS);
        } else {
          sleep();
        }
      }
    } catch (Throwable t) { // nothing more is let in: nobody writes it down
      failing = true;
      LOG.error("the journal in {} is written no more", folder, t);
    } finally {
      try {
        file.close();
      } finally {
        lock.close(); // not before the last byte: who comes next puts the files aside
      }
    }
  }

  private void take(DirectBuffer buffer, int index, int length) {
    taken++;
    Gap open = openGap();
    if (open != null && open.isRecord(buffer, index)) {
      endGap(open, buffer, index, length);
      return;
    }
    if (gap != null) {
      gap.note(buffer, index);
    }
    if (open == null) {
      file.add(buffer, index, length);
    }
  }

  // That in which it is; null if it writes, or waits until it can.
  private @Nullable Gap openGap() {
    return gap != null && gap.isOpen() ? gap : null;
  }

  private void endGap(Gap gap, DirectBuffer buffer, int index, int length) {
    try {
      file.resume();
      gap.leaveSnapshot(file.sequence() + 1);
      long lost = Math.max(0, taken - 1 + ahead - file.sequence());
      file.add(gap.filled(buffer, index, length, lost), 0, length);
      file.append();
      ahead -= lost;
      gap.end(taken);
      LOG.info("the journal in {} is written again, with a gap on record", folder);
    } catch (Throwable e) { // it is tried again
      file.drop();
      LOG.warn("the journal in {} is not written yet", folder, e);
    }
  }

  private void goOnWithout(Gap gap, long now) {
    if (durable != taken) {
      durable = taken; // nobody waits for what is lost
      progress.run();
    }
    if (now - triedNs >= RETRY_NS) {
      triedNs = now;
      if (hasSpace(now)) {
        gap.ask();
        progress.run();
      }
    }
  }

  private void sleep() {
    asleep = true;
    if (pipe.isEmpty() && !ending) {
      LockSupport.park(this);
    }
    asleep = false;
  }

  // Many are synced at once, since the disk takes long: only if somebody waits for one of them, or
  // there is nothing else to do.
  private void write(long now, boolean last, boolean idle) {
    while (true) {
      try {
        if (hasSpace(now)) {
          if (failing) {
            file.reopen();
          }
          if (!file.isEmpty()) {
            file.append();
          }
          if (!file.syncs() || idle || wanted > durable) {
            file.sync();
            durable = taken;
            progress.run();
          }
          if (failing) {
            failing = false;
            LOG.info("the journal in {} is written again", folder);
          }
          return;
        }
        failed("there are less than " + (leastFree >> 20) + " MiB free", null);
      } catch (Throwable e) { // also Chronicle's assertions, and a mapped page without a disk
        failed("it cannot be appended to", e);
      }
      if (gap != null) {
        file.drop();
        gap.begin(durable + 1);
        triedNs = now;
        return;
      }
      if (last || ending) {
        return; // nobody waits for it any more
      }
      LockSupport.parkNanos(this, RETRY_NS);
      now = System.nanoTime();
    }
  }

  private boolean hasSpace(long now) {
    if (lookedNs == Long.MIN_VALUE || now - lookedNs >= LOOK_AT_SPACE_NS) {
      lookedNs = now;
      hasSpace = freeBytes() >= leastFree;
    }
    return hasSpace;
  }

  private long freeBytes() {
    try {
      FileStore store = Files.getFileStore(folder);
      return store.getUsableSpace();
    } catch (IOException e) {
      return 0;
    }
  }

  private void failed(String what, @Nullable Throwable e) {
    if (gap != null) {
      LOG.error(
          "the journal in {} has a gap from here on, since {}: its Headgate runs without it",
          folder,
          what,
          e);
    } else if (!failing) {
      failing = true;
      LOG.error(
          "the journal in {} is not written, since {}: nothing new is let in until it is",
          folder,
          what,
          e);
    }
  }

  /** Whether it cannot write, and tries again, or is at its end. Any thread. */
  boolean isFailing() {
    return failing;
  }

  /** How many records are written, and synced if they are to be. Any thread. */
  long durable() {
    return durable;
  }

  /** Somebody waits until so many are. Any thread. */
  void want(long records) {
    wanted = records;
  }

  /** Somebody wrote to the pipe. Any thread; a volatile read while this is awake. */
  void wake(Thread thread) {
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  /** Nothing more comes: it ends when what has come is written. */
  void end(Thread thread) {
    ending = true;
    LockSupport.unpark(thread);
  }
}
