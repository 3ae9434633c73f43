using System.Text;

namespace Silo.Testing.Fuzzing;

/// <summary>Damages samples: the same seed makes the same input.</summary>
public static class Mutator
{
    private const int MostBytes = 200_000;

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\r\n\r\n", "--", ": ", ";", "\"", "=", "=\r\n", "\0", "\t", " ", "Action: failed\r\n", "Status: 5.1.1\r\n",
            "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n", "--x--\r\n", "Content-Transfer-Encoding: base64\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n", "message/delivery-status", "utf-8; \\x{110000}@x", "\\x{d800}", "+3D+3d+2B",
            "{", "}", "[", "]", "[[[[[[[[[[[[[[[[[[[[", "\\ud800", "\"\\u0000\"", "null", "1e999999", ",", "X-Silo-Ref: ",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ];

    /// <param name="corpus">None of them empty.</param>
    public static byte[] Make(byte[][] corpus, int seed)
    {
        var random = new Random(seed);
        var input = new List<byte>(corpus[random.Next(corpus.Length)]);
        for (var steps = random.Next(1, 12); steps > 0; steps--) Change(input, corpus, random);
        return [.. input];
    }

    private static void Change(List<byte> input, byte[][] corpus, Random random)
    {
        var at = random.Next(input.Count + 1);
        var length = Math.Min(input.Count - at, random.Next(1, 64));
        switch (random.Next(9))
        {
            case 0:
                if (at < input.Count) input[at] = (byte)random.Next(256);
                break;
            case 1:
                if (at < input.Count) input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.RemoveRange(at, input.Count - at);
                break;
            case 4:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 5:
                // A piece many times over: lists and groups without end.
                var times = random.Next(1, 400);
                if (length > 0) times = Math.Min(times, (Math.Max(0, MostBytes - input.Count) + length - 1) / length);
                var piece = input.GetRange(at, length).ToArray();
                var group = new byte[times * length];
                for (var n = 0; n < times; n++) piece.CopyTo(group, n * length);
                input.InsertRange(at, group);
                break;
            case 6:
                var other = corpus[random.Next(corpus.Length)];
                var from = random.Next(other.Length);
                input.InsertRange(at, other.AsSpan(from, random.Next(other.Length - from)).ToArray());
                break;
            default:
                input.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
        }
    }
}
