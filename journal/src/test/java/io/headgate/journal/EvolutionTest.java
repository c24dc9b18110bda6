package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.journal.sbe.TaskEndedDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * A journal that an older Headgate wrote is read, and what a newer one wrote as far as it is known:
 * today's records are made over, by the schema, as those would have written them.
 */
@Timeout(120)
class EvolutionTest {
  private static final int HEADER = 8;
  private static final int DIMENSION = 4;
  private static final Map<String, Integer> BYTES =
      Map.of(
          "uint8", 1, "int8", 1, "uint16", 2, "int16", 2, "int32", 4, "uint32", 4, "int64", 8,
          "uint64", 8, "time", 8, "double", 8);

  /** A field of fixed size, a group or a text, and in which version it was added. */
  private record Part(String what, String name, int since, int bytes, List<Part> fields) {}

  private record Message(int since, List<Part> parts) {
    List<Part> of(String what) {
      return parts.stream().filter(part -> part.what.equals(what)).toList();
    }
  }

  private final Map<Integer, Message> schema = new HashMap<>();
  private int version;

  @TempDir Path folder;

  @BeforeEach
  void readSchema() throws Exception {
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("src", "main", "sbe", "journal.xml").toFile())
            .getDocumentElement();
    version = Integer.parseInt(root.getAttribute("version"));
    for (Element message : children(root)) {
      if (message.getTagName().equals("sbe:message")) {
        schema.put(
            Integer.parseInt(message.getAttribute("id")),
            new Message(since(message), parts(message)));
      }
    }
    assertThat(schema).hasSizeGreaterThan(30);
  }

  private static List<Part> parts(Element of) {
    return children(of).stream()
        .map(
            part ->
                new Part(
                    part.getTagName(),
                    part.getAttribute("name"),
                    since(part),
                    part.getTagName().equals("field") ? BYTES.get(part.getAttribute("type")) : 0,
                    parts(part)))
        .toList();
  }

  private static int since(Element of) {
    String since = of.getAttribute("sinceVersion");
    return since.isEmpty() ? 1 : Integer.parseInt(since);
  }

  private static List<Element> children(Element of) {
    List<Element> children = new ArrayList<>();
    for (Node each = of.getFirstChild(); each != null; each = each.getNextSibling()) {
      if (each instanceof Element element) {
        children.add(element);
      }
    }
    return children;
  }

  // ---- a record as another version has it

  /** As a Headgate of that version would have written it; null if it knows no such message. */
  private byte @Nullable [] older(byte[] record, int to) {
    ByteBuffer from = little(record);
    Message message = schema.get((int) from.getShort(2));
    if (message.since > to) {
      return null;
    }
    ByteBuffer into = little(new byte[record.length]);
    int block = fields(message.of("field"), from.position(HEADER), into.position(HEADER), to);
    header(from, into, block, to);
    for (Part group : message.of("group")) {
      int times = from.getShort(from.position() + 2);
      from.position(from.position() + DIMENSION);
      int dimension = into.position();
      if (group.since <= to) {
        into.position(dimension + DIMENSION);
      }
      int size = 0;
      for (int i = 0; i < times; i++) {
        int end = into.position();
        size = fields(group.fields, from, into, to);
        if (group.since > to) {
          into.position(end);
        }
      }
      if (group.since <= to) {
        into.putShort(dimension, (short) (times == 0 ? sizeOf(group.fields, to) : size));
        into.putShort(dimension + 2, (short) times);
      }
    }
    for (Part text : message.of("data")) {
      int length = from.getInt();
      if (text.since <= to) {
        into.putInt(length).put(record, from.position(), length);
      }
      from.position(from.position() + length);
    }
    assertThat(from.position()).as("all of it").isEqualTo(record.length);
    return bytes(into);
  }

  private static int fields(List<Part> fields, ByteBuffer from, ByteBuffer into, int to) {
    for (Part field : fields) {
      for (int i = 0; i < field.bytes; i++) {
        byte each = from.get();
        if (field.since <= to) {
          into.put(each);
        }
      }
    }
    return sizeOf(fields, to);
  }

  private static int sizeOf(List<Part> fields, int to) {
    return fields.stream().filter(field -> field.since <= to).mapToInt(Part::bytes).sum();
  }

  /** As a newer Headgate may write it: with more fields, in groups too, and one more text. */
  private byte[] newer(byte[] record) {
    ByteBuffer from = little(record);
    Message message = schema.get((int) from.getShort(2));
    ByteBuffer into = little(new byte[2 * record.length + 1_000]);
    int block = fields(message.of("field"), from.position(HEADER), into.position(HEADER), version);
    unknown(into, 11);
    header(from, into, block + 11, version + 3);
    for (Part group : message.of("group")) {
      int size = from.getShort();
      int times = from.getShort();
      into.putShort((short) (size + 3)).putShort((short) times);
      for (int i = 0; i < times; i++) {
        int _ = fields(group.fields, from, into, version);
        unknown(into, 3);
      }
    }
    into.put(record, from.position(), record.length - from.position());
    into.putInt(5);
    unknown(into, 5);
    return bytes(into);
  }

  private static void unknown(ByteBuffer into, int bytes) {
    for (int i = 0; i < bytes; i++) {
      into.put((byte) 0xee);
    }
  }

  private static void header(ByteBuffer from, ByteBuffer into, int block, int version) {
    into.putShort(0, (short) block);
    into.putShort(2, from.getShort(2));
    into.putShort(4, from.getShort(4));
    into.putShort(6, (short) version);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] bytes(ByteBuffer of) {
    byte[] bytes = new byte[of.position()];
    of.get(0, bytes);
    return bytes;
  }

  // ---- a journal made over

  private static List<byte[]> records(Path journal) {
    List<byte[]> records = new ArrayList<>();
    try (JournalReader reader = JournalReader.of(journal)) {
      while (reader.next()) {
        byte[] record = new byte[reader.length()];
        reader.buffer().getBytes(reader.offset(), record);
        records.add(record);
      }
    }
    return records;
  }

  private Path write(String name, List<byte[]> records) throws IOException {
    Path made = Files.createDirectory(folder.resolve(name));
    FolderLock.take(made).close();
    try (var file = new RecordFile(made, 0, false)) {
      for (byte[] record : records) {
        file.add(new UnsafeBuffer(record), 0, record.length);
        if (file.isFull()) {
          file.append();
        }
      }
      file.append();
    }
    return made;
  }

  private Path night() throws InterruptedException {
    Path night = folder.resolve("night");
    long _ = RecordedHost.run(night, 2, 20);
    return night;
  }

  private static void assertSame(Path made, Path night) {
    Verification then = Verification.of(night);
    Verification found = Verification.of(made);
    assertThat(found.mismatch()).isNull();
    assertThat(found.inputs()).isEqualTo(then.inputs());
    assertThat(found.facts()).isEqualTo(then.facts());
    assertThat(found.digests()).isEqualTo(then.digests());
    assertThat(found.endedInOrder()).isTrue();
  }

  @Test
  void ofTodaysVersionItIsLeftAsItIs() throws Exception {
    for (byte[] record : records(night())) {
      assertThat(older(record, version)).isEqualTo(record);
    }
  }

  @Test
  void whatAnOlderHeadgateWroteIsRead() throws Exception {
    Path night = night();
    for (int to = 1; to < version; to++) {
      List<byte[]> made = new ArrayList<>();
      for (byte[] record : records(night)) {
        byte[] older = older(record, to);
        if (older != null) {
          made.add(older);
        }
      }
      assertSame(write("version-" + to, made), night);
    }
  }

  @Test
  void ofWhatANewerHeadgateWroteTheRestIsLeftOut() throws Exception {
    Path night = night();
    List<byte[]> made = new ArrayList<>();
    for (byte[] record : records(night)) {
      made.add(newer(record));
      byte[] unknown = new byte[60];
      header(little(record), little(unknown), 52, version + 3);
      little(unknown).putShort(2, (short) 9_999);
      made.add(unknown);
    }
    assertSame(write("newer", made), night);
  }

  @Test
  void aValueThatIsNotKnownIsNamed() throws Exception {
    List<byte[]> made = records(night());
    for (byte[] record : made) {
      if (little(record).getShort(2) == TaskEndedDecoder.TEMPLATE_ID) {
        record[HEADER + TaskEndedDecoder.endingEncodingOffset()] = (byte) 200;
      }
    }
    assertThat(Verification.of(write("value", made)).mismatch())
        .contains("Ending has no value 200: a newer Headgate wrote it; use that one's");
  }
}
