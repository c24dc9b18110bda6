package io.headgate.journal;

import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.Recovery;
import io.headgate.admission.KeptArgument;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskParkedDecoder;
import io.headgate.journal.sbe.TaskRecoveredDecoder;
import io.headgate.recovery.Past;
import io.headgate.recovery.RecoveryRecorder;
import io.headgate.simulation.CrashDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A disk in virtual time, for the swarm of crashes: holds the bytes of a file as Chronicle writes
 * it, the document's bytes first and its length last. What a crash leaves of them is put into a
 * folder, and read there by the code that reads every journal. One thread at a time.
 */
final class VirtualDisk implements CrashDisk {
  private static final int BATCH = 256;
  private static final long RETRY_NS = 100_000_000;
  private static final long DIGEST_EVERY = 64;
  private static final int NO_DATA = 1 << 30;
  private static final int WORD = Integer.BYTES;
  private static final byte[] FIRST = {0, 0, 'h', 'e', 'a', 'd', 'e', 'r', 0, 0, 0, 0, 0, 0, 0, 0};
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("yyyyMMdd-HH'F.cq4'").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final CrashDisk.Faults faults;
  private final CRC32C crc = new CRC32C();
  private SplittableRandom random = new SplittableRandom(0);
  private ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(Frame.ORDER);
  private UnsafeBuffer frames = new UnsafeBuffer(bytes);

  // All that has its length, how much of it is on the disk, and which record is the last there.
  private int length;
  private int synced;
  private long lastNumber;
  private long lastSynced;

  // The document that is being written, and how much of it has come.
  private int writing;
  private int landed;
  private long writingUntil;

  private @Nullable Writer writer;
  private String name = "";
  private long survived;
  private long digest;
  private CrashAccounts accounts = new CrashAccounts();

  /** An empty one. */
  VirtualDisk(CrashDisk.Faults faults) {
    this.faults = faults;
    try {
      folder = Files.createTempDirectory("headgate-crash");
      Files.createFile(folder.resolve(FolderLock.FILE));
    } catch (IOException e) {
      throw new UncheckedIOException("a folder for what survives cannot be made", e);
    }
  }

  @Override
  public RecoveryRecorder open(
      HeadgateSettings settings,
      long seed,
      LongSupplier nowNs,
      long epochNs,
      Surroundings surroundings) {
    random = new SplittableRandom(seed);
    if (random.nextInt(3) == 0) {
      forgetSnapshots();
    }
    long last = JournalReader.lastSequence(folder);
    if (last != survived) {
      throw new IllegalStateException(
          "the last record that survived is " + survived + ", and " + last + " is found");
    }
    Past past = PastReader.read(folder, last);
    String differs = difference(past, accounts.past());
    if (differs != null) {
      throw new IllegalStateException(differs);
    }
    JournalFiles.putAside(folder);
    name = HOUR.format(Instant.ofEpochSecond(0, epochNs));
    bytes.clear();
    Arrays.fill(bytes.array(), (byte) 0);
    bytes.putInt(0, NO_DATA | FIRST.length).put(WORD, FIRST);
    length = WORD + FIRST.length;
    synced = length;
    lastNumber = last;
    lastSynced = last;
    writing = 0;
    var made = new Writer(past, last, surroundings);
    writer = made;
    made.runStarted(nowNs.getAsLong(), epochNs, seed, settings, "virtual");
    return made;
  }

  // With the arguments, which are equal to none but themselves.
  private static Set<String> facts(Past past) {
    Set<String> facts = new LinkedHashSet<>();
    past.jobs().forEach(each -> facts.add(each.toString()));
    for (Past.PastTask each : past.tasks()) {
      KeptArgument payload = each.payload();
      facts.add(each + " " + Arrays.toString(payload == null ? null : payload.bytes()));
    }
    past.closedIds().forEach(each -> facts.add(each.toString()));
    facts.add(past.usedByAll().toString());
    past.usedBy().forEach((agent, used) -> facts.add(agent + " " + used));
    past.breakers().forEach(each -> facts.add(each.toString()));
    past.cutOffs().forEach((agent, times) -> facts.add(agent + " cut off at " + times));
    past.targets().forEach(each -> facts.add(each.toString()));
    past.holds().forEach(each -> facts.add(each.toString()));
    past.words().forEach((subject, word) -> facts.add(subject + " " + word));
    return facts;
  }

  private static @Nullable String difference(Past with, Past without) {
    Set<String> one = facts(with);
    Set<String> other = facts(without);
    if (one.equals(other)) {
      return null;
    }
    Set<String> both = new LinkedHashSet<>(one);
    both.retainAll(other);
    one.removeAll(both);
    other.removeAll(both);
    return "with a snapshot there is " + one + ", and without " + other;
  }

  private void forgetSnapshots() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.filter(file -> file.toString().endsWith(".facts")).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a snapshot cannot be deleted", e);
    }
  }

  // ---- a crash

  @Override
  public long crash(boolean isPower) {
    writer = null;
    int used = length + (writing > 0 ? WORD + writing : 0);
    int kept = length;
    survived = lastNumber;
    if (isPower) {
      // What the system had not written yet is lost from some document on.
      kept = synced;
      survived = lastSynced;
      while (kept < length && random.nextInt(3) > 0) {
        int end = kept + WORD + bytes.getInt(kept);
        survived = lastOf(kept + WORD, end, survived);
        kept = aligned(end);
      }
      if (kept < length) {
        // Of the next there may be a part, without its length.
        int size = bytes.getInt(kept);
        bytes.putInt(kept, 0);
        keepPart(kept, random.nextInt(size + 1), kept + WORD + size);
      } else if (writing > 0) {
        keepPart(kept, random.nextInt(landed + 1), used);
      }
    } else if (writing > 0) {
      if (landed == writing && random.nextBoolean()) {
        bytes.putInt(length, writing); // nobody had heard of it yet
        survived = writingUntil;
        kept = aligned(length + WORD + writing);
      } else {
        keepPart(kept, landed, used);
      }
    }
    write(partEnd > kept ? partEnd : kept);
    partEnd = 0;
    return survived;
  }

  private int partEnd;

  // Zeros that have not come look as if they had.
  private void keepPart(int at, int size, int used) {
    int end = at + WORD + size;
    while (end < used && bytes.get(end) == 0) {
      end++;
    }
    survived = lastOf(at + WORD, end, survived);
    partEnd = end;
  }

  // The number of the last record that is whole.
  private long lastOf(int from, int to, long before) {
    long last = before;
    int at = from;
    while (at + Frame.HEADER <= to && at + Frame.HEADER + bytes.getInt(at) <= to) {
      last = bytes.getLong(at + Long.BYTES);
      at += Frame.HEADER + bytes.getInt(at);
    }
    return last;
  }

  private void write(int end) {
    crc.reset();
    crc.update(bytes.array(), 0, end);
    digest = crc.getValue();
    try {
      // The file is longer than what was written to it.
      Files.write(
          folder.resolve(name),
          Arrays.copyOf(Arrays.copyOf(bytes.array(), end), end + random.nextInt(64)));
    } catch (IOException e) {
      throw new UncheckedIOException("what survives cannot be written", e);
    }
  }

  private static int aligned(int at) {
    return (at + 3) & ~3;
  }

  @Override
  public long digest() {
    return digest;
  }

  // ---- after it

  @Override
  public @Nullable String verify() {
    if (survived == 0) {
      return null;
    }
    Verification found = Verification.of(folder);
    if (!found.isSound()) {
      return found.mismatch();
    }
    accounts = new CrashAccounts();
    return accounts.compare(folder);
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("a folder of what survived cannot be deleted", e);
    }
  }

  // ---- what a Headgate writes

  /** The dispatcher's end, and the journaler as an agenda's actions. */
  private final class Writer extends RecordEncoder implements RecoveryRecorder {
    private final Past past;
    private final Surroundings surroundings;
    private final Pipe pipe;
    private long durable;
    private final long before;
    private long digested;
    private boolean busy;
    private boolean failing;
    private long fullUntilTries;
    private long writingNumber;

    Writer(Past past, long before, Surroundings surroundings) {
      this(new Pipe(before, surroundings), past, before, surroundings);
    }

    private Writer(Pipe pipe, Past past, long before, Surroundings surroundings) {
      super(pipe);
      this.pipe = pipe;
      this.past = past;
      this.before = before;
      writingNumber = before;
      this.surroundings = surroundings;
    }

    @Override
    public boolean isWriteAhead() {
      return faults.isWriteAhead();
    }

    @Override
    public Past past() {
      return past;
    }

    @Override
    public void recovered(long stampNs, Past.PastTask task, Recovery.Fate fate) {
      recovered(stampNs, task.run(), task.task(), fate);
    }

    @Override
    public long written() {
      return pipe.records - before;
    }

    @Override
    public long durable() {
      return durable;
    }

    @Override
    public boolean isBehind() {
      return failing || pipe.waiting.size() > faults.pipeRecords();
    }

    @Override
    public void turn(long nowNs, long digest) {
      if (pipe.records - digested >= DIGEST_EVERY) {
        digest(nowNs, digest);
        digested = pipe.records;
      }
      if (!busy && !pipe.waiting.isEmpty()) {
        busy = true;
        surroundings.in(0, this::append);
      }
    }

    private boolean isNow() {
      return writer == this;
    }

    private boolean strikes(int share) {
      return share > 0 && surroundings.upTo(999) < share;
    }

    private void append() {
      if (!isNow()) {
        return;
      }
      if (writing == 0) {
        fill();
      }
      if (fullUntilTries == 0 && strikes(faults.fullShare())) {
        surroundings.hit("disk full");
        fullUntilTries = 1 + surroundings.upTo(faults.maxFullNs()) / RETRY_NS;
      }
      if (fullUntilTries > 0) {
        fullUntilTries--;
        failing = true;
        surroundings.progress();
        surroundings.in(RETRY_NS, this::append);
        return;
      }
      failing = false;
      landed = (int) surroundings.upTo(writing);
      long takesNs = 1 + surroundings.upTo(faults.maxWriteNs());
      if (strikes(faults.stallShare())) {
        surroundings.hit("disk stalls");
        takesNs *= 100;
      }
      surroundings.in(takesNs, this::appended);
    }

    private void fill() {
      int at = length + WORD;
      for (int i = 0; i < BATCH && !pipe.waiting.isEmpty(); i++) {
        byte[] record = pipe.waiting.remove();
        ensure(at + Frame.HEADER + record.length + WORD);
        frames.putBytes(at + Frame.HEADER, record);
        Frame.seal(frames, at, record.length, ++writingNumber, crc);
        at += Frame.HEADER + record.length;
      }
      writing = at - length - WORD;
      landed = 0;
      writingUntil = writingNumber;
    }

    private void appended() {
      if (!isNow()) {
        return;
      }
      bytes.putInt(length, writing);
      length = aligned(length + WORD + writing);
      lastNumber = writingUntil;
      writing = 0;
      int upTo = length;
      long number = lastNumber;
      long syncNs = 1 + surroundings.upTo(faults.maxSyncNs());
      surroundings.in(syncNs, () -> synced(upTo, number));
      if (!faults.isSynced()) {
        passed();
        next();
      }
    }

    private void synced(int upTo, long number) {
      if (!isNow()) {
        return;
      }
      if (upTo > synced) {
        synced = upTo;
        lastSynced = number;
      }
      if (faults.isSynced()) {
        passed();
        next();
      }
    }

    private void passed() {
      durable = lastNumber - before;
      surroundings.progress();
    }

    private void next() {
      busy = !pipe.waiting.isEmpty();
      if (busy) {
        surroundings.in(0, this::append);
      }
    }
  }

  private void ensure(int size) {
    if (size > bytes.capacity()) {
      bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), 2 * size)).order(Frame.ORDER);
      frames = new UnsafeBuffer(bytes);
    }
  }

  /** What is on its way to the journaler; tells who watches what each record is about. */
  private static final class Pipe implements RecordEncoder.Sink {
    final Deque<byte[]> waiting = new ArrayDeque<>();
    private final Surroundings surroundings;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final TaskAdmittedDecoder taskAdmitted = new TaskAdmittedDecoder();
    private final AttemptStartedDecoder attemptStarted = new AttemptStartedDecoder();
    private final AttemptEndedDecoder attemptEnded = new AttemptEndedDecoder();
    private final TaskParkedDecoder taskParked = new TaskParkedDecoder();
    private final TaskEndedDecoder taskEnded = new TaskEndedDecoder();
    private final TaskRecoveredDecoder taskRecovered = new TaskRecoveredDecoder();
    private final JobOpenedDecoder jobOpened = new JobOpenedDecoder();
    private final JobClosedDecoder jobClosed = new JobClosedDecoder();
    long records;

    Pipe(long before, Surroundings surroundings) {
      this.records = before;
      this.surroundings = surroundings;
    }

    @Override
    public void write(ExpandableArrayBuffer record, int length) {
      records++;
      waiting.add(Arrays.copyOf(record.byteArray(), length));
      tell(record);
    }

    private void tell(DirectBuffer record) {
      header.wrap(record, 0);
      switch (header.templateId()) {
        case TaskAdmittedDecoder.TEMPLATE_ID -> {
          var admitted = taskAdmitted.wrapAndApplyHeader(record, 0, header);
          if (admitted.hedgeOf() < 0) {
            tell(What.ADMITTED, admitted.task(), 0);
          }
        }
        case AttemptStartedDecoder.TEMPLATE_ID ->
            tell(What.STARTED, attemptStarted.wrapAndApplyHeader(record, 0, header).task(), 0);
        case AttemptEndedDecoder.TEMPLATE_ID -> {
          var ended = attemptEnded.wrapAndApplyHeader(record, 0, header);
          boolean isAnswer = ended.callClass() == CallClass.OK.ordinal();
          tell(What.ATTEMPT_ENDED, ended.task(), isAnswer ? -1 : ended.again());
        }
        case TaskParkedDecoder.TEMPLATE_ID -> {
          var parked = taskParked.wrapAndApplyHeader(record, 0, header);
          if (parked.parked() == 0) {
            tell(What.LET_GO, parked.task(), 0);
          }
        }
        case TaskEndedDecoder.TEMPLATE_ID ->
            tell(What.ENDED, taskEnded.wrapAndApplyHeader(record, 0, header).task(), 0);
        case TaskRecoveredDecoder.TEMPLATE_ID -> {
          var recovered = taskRecovered.wrapAndApplyHeader(record, 0, header);
          tell(What.RECOVERED, recovered.task(), recovered.run());
        }
        case JobOpenedDecoder.TEMPLATE_ID ->
            tell(What.JOB_OPENED, jobOpened.wrapAndApplyHeader(record, 0, header).job(), 0);
        case JobClosedDecoder.TEMPLATE_ID ->
            tell(What.JOB_CLOSED, jobClosed.wrapAndApplyHeader(record, 0, header).job(), 0);
        default -> {} // nothing that is kept outside
      }
    }

    private void tell(What what, long of, long with) {
      surroundings.recorded(what, of, with, records);
    }
  }
}
