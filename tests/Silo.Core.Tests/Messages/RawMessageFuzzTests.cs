using System.Text;
using Silo.Core.Messages;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class RawMessageFuzzTests
{
    private static readonly byte[][] Fragments =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\0", "--", "\r\n\r\n", ":", " ", "\t", "=?utf-8?Q?", "=?utf-8?B?", "?=", "<", ">", "(", "\"", "\\", ";", "boundary=",
            "Content-Type: multipart/mixed; boundary=x\r\n", "\r\n--x\r\n", "X-SES-MESSAGE-TAGS: a=b", "From: ", "\u00ff", "=?iso-2022-jp?B?GyRC?=",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    [Fact]
    public void No_mutation_makes_the_parser_throw_and_what_it_takes_can_be_rewritten_and_read_again()
    {
        var corpus = Enumerable.Range(0, 40).Select(seed => Encoding.Latin1.GetBytes(Corpus(seed))).ToArray();
        var taken = 0;
        foreach (var seed in Fuzz.Seeds)
        {
            var random = new Random(seed);
            // Half of them with what the other readers of mail are damaged by.
            var raw = seed % 2 == 0 ? Mutate(random, corpus) : Mutator.Make(corpus, seed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var result = Fuzz.Try(seed, () => RawMessage.Parse(raw));
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Fuzz.MostBytesPerInput, $"seed {seed}: too much memory for {raw.Length} bytes");
            if (result is not RawParseResult.Parsed parsed) continue;
            taken++;
            var rewritten = RawMessage.Rewrite(parsed.Message, DraftGenerator.Stamp(seed));
            var text = Encoding.Latin1.GetString(rewritten.Span);
            Assert.False(text.Replace("\r\n", "").AsSpan().ContainsAny('\r', '\n', '\0'), $"seed {seed}");
            Assert.True(text.Split("\r\n").All(line => line.Length <= 998), $"seed {seed}");
            var again = RawMessage.Parse(rewritten);
            Assert.True(again is RawParseResult.Parsed, $"seed {seed}: {again}");
            var message = ((RawParseResult.Parsed)again).Message;
            Assert.True(parsed.Message.From.SequenceEqual(message.From), $"seed {seed}");
            Assert.True(parsed.Message.MimePartCount == message.MimePartCount, $"seed {seed}");
            Assert.True(message.Bcc.Count == 0 && message.ReturnPath is null && message.Service == new ServiceHeaders(), $"seed {seed}");
            Assert.True(message.Headers.Count(h => h.Name == "Message-ID") == 1, $"seed {seed}");
        }

        Assert.True(Fuzz.IsOne || taken > Fuzz.Seeds.Count() / 8, $"only {taken} taken");
    }

    /// <summary>Shapes that make quadratic parsers slow; the test's own timeout is the bound.</summary>
    [Theory]
    [InlineData("From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n", "--b\n", 4 << 20)]
    [InlineData("From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n", "--\n", 4 << 20)]
    [InlineData("From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n", "--bx\nContent-Type: multipart/mixed\n", 4 << 20)]
    [InlineData("From: a@b.c\nTo: ", "(\n ", 250_000)]
    [InlineData("From: a@b.c\nTo: ", "=?a?q?\n ", 250_000)]
    [InlineData("From: a@b.c\nTo: ", "\"\n ", 60_000)]
    [InlineData("From: a@b.c\nSubject: ", "=?utf-8?B?\n ", 250_000)]
    [InlineData("From: a@b.c\nX-SES-MESSAGE-TAGS: ", "a=b,\n ", 250_000)]
    [InlineData("From: a@b.c\nContent-Type: multipart/mixed; ", "boundary=;\n ", 250_000)]
    public async Task A_hostile_repetition_takes_linear_time(string head, string unit, int bytes)
    {
        var raw = Encoding.ASCII.GetBytes(head + string.Concat(Enumerable.Repeat(unit, bytes / unit.Length)) + "\n\nbody\n");
        await Task.Run(() => RawMessage.Parse(raw)).WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static string Corpus(int seed) => seed % 2 == 0
        ? Encoding.Latin1.GetString(((ComposeResult.Composed)MimeComposer.Compose(DraftGenerator.Draft(seed), DraftGenerator.Stamp(seed))).Content.Span)
        : "Return-Path: <p@example.com>\r\nFrom: =?utf-8?Q?J=C3=BCrgen?= <a@example.com>\r\nTo: G: b@example.com, C <c@example.com>;\r\n"
            + "Bcc: e@example.com\r\nSubject: =?utf-8?B?w6Q=?= x\r\nX-SES-TENANT: acme\r\nX-SES-MESSAGE-TAGS: a=1, b=2\r\n"
            + "X-SES-LIST-MANAGEMENT-OPTIONS: l; topic=t\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n"
            + "--x\r\n\r\none\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n\r\ntwo\r\n--y--\r\n--x--\r\n";

    private static byte[] Mutate(Random random, byte[][] corpus)
    {
        var bytes = corpus[random.Next(corpus.Length)].ToList();
        for (var i = random.Next(1, 5); i > 0 && bytes.Count > 0; i--)
        {
            // Half of the mutations hit the headers, where most of the grammar is.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 700) : bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 40)));
                    break;
                case 2:
                    bytes.InsertRange(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 120))));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
