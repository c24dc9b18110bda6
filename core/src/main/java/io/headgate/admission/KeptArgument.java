package io.headgate.admission;

/** What is written of a call's argument: bytes that nobody changes any more. */
public final class KeptArgument {
  /** No bytes. */
  public static final KeptArgument NOTHING = new KeptArgument(new byte[0]);

  private final byte[] bytes;

  /** These bytes, which are not copied. */
  public KeptArgument(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The bytes; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** How many there are. */
  public int length() {
    return bytes.length;
  }

  @Override
  public String toString() {
    return "KeptArgument[" + bytes.length + " bytes]";
  }
}
