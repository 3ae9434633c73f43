using System.Text;
using Silo.Dns.Answers;
using Silo.Dns.Wire;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests.Wire;

public class CodecTests
{
    private const ushort Id = 0xBEEF;

    private static readonly DnsQuestion Question = new("mx.example.org", DnsRecordType.Mx);

    [Fact]
    public void A_question_is_these_bytes()
    {
        var bytes = new byte[QueryWriter.MaxBytes];

        var plain = QueryWriter.Write(bytes, Id, Question, null);
        Assert.Equal("BEEF01000001000000000000026D78076578616D706C65036F726700000F0001", Convert.ToHexString(bytes, 0, plain));
        var extended = QueryWriter.Write(bytes, Id, Question, 1232);
        Assert.Equal(
            "BEEF01200001000000000001026D78076578616D706C65036F726700000F0001" + "00002904D0000000000000",
            Convert.ToHexString(bytes, 0, extended));
    }

    [Fact]
    public void The_longest_question_fits()
    {
        var name = string.Join('.', (string[])[new('a', 63), new('b', 63), new('c', 63), new('d', 61)]);

        Assert.Equal(QueryWriter.MaxBytes, QueryWriter.Write(new byte[QueryWriter.MaxBytes], Id, new(name, DnsRecordType.Txt), 1232));
    }

    // The example of RFC 1035 4.1.4 in a message: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root.
    [Fact]
    public void Names_of_the_standards_example_are_read()
    {
        var message = Convert.FromHexString(
            "BEEF84000001000300000000" + "0146034953490441525041" + "0000020001"
            + "C00C000200010000003C0006" + "03464F4FC00C" + "C012000200010000003C0001" + "00" + "00000200010000003C0002" + "C00C");

        var outcome = ResponseReader.TryRead(message, Id, new("f.isi.arpa", DnsRecordType.Ns), out var response);

        Assert.Equal(ReadOutcome.Read, outcome);
        Assert.Equal(
            [("f.isi.arpa", "foo.f.isi.arpa"), ("arpa", ""), ("", "f.isi.arpa")],
            response!.Answers.Cast<NameRecord>().Select(r => (r.Name, r.Target)));
    }

    [Fact]
    public void What_another_writer_wrote_is_read_as_it_was_meant_over_1000_seeds()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            var records = new RandomRecords(random);
            var (answers, authority) = (records.Next(12), records.Next(4));
            var code = random.Next(3) == 0 ? random.Next(4096) : random.Next(16);
            var message = Message(random, answers, authority, code);

            var outcome = ResponseReader.TryRead(message, Id, Question, out var response);

            Assert.True(outcome == ReadOutcome.Read, $"seed {seed}: {outcome}");
            Assert.True(answers.SequenceEqual(response!.Answers), $"seed {seed}: other answers");
            Assert.True(authority.SequenceEqual(response.Authority), $"seed {seed}: another authority");
            Assert.True(code == (int)response.Code, $"seed {seed}: code {response.Code}");
        }
    }

    [Fact]
    public void Records_of_unknown_types_and_classes_are_passed_over()
    {
        var message = new PacketWriter().Header(Id, 0x8400, 1, 3, 0, 1).Question(Question.Name, Question.Type);
        message.Record(Question.Name, 46, 1, 60, () => message.Bytes(1, 2, 3)).Record(Question.Name, 1, 3, 60, () => message.Bytes(1));
        message.Record(new MxRecord(Question.Name, TimeSpan.Zero, 1, "a.test")).Record("x", 250, 255, 0, () => { });

        Assert.Equal(ReadOutcome.Read, ResponseReader.TryRead(message.ToArray(), Id, Question, out var response));
        Assert.Equal([new MxRecord(Question.Name, TimeSpan.Zero, 1, "a.test")], response!.Answers);
    }

    [Theory]
    [InlineData(1, "010203")]
    [InlineData(1, "0102030405")]
    [InlineData(28, "01020304")]
    [InlineData(15, "0001")]
    [InlineData(15, "00010161")]
    [InlineData(15, "000101610000")]
    [InlineData(16, "")]
    [InlineData(16, "0261")]
    [InlineData(2, "")]
    [InlineData(5, "0161000161")]
    [InlineData(12, "C0")]
    [InlineData(6, "0000000000010000000100000001000000010000")]
    [InlineData(6, "000000000001000000010000000100000001000000010000")]
    public void Data_that_do_not_fill_their_record_break_the_message(int type, string data)
    {
        var message = new PacketWriter().Header(Id, 0x8400, 1, 2, 0, 0).Question(Question.Name, Question.Type);
        message.Record(Question.Name, type, 1, 60, () => message.Bytes(Convert.FromHexString(data)));
        message.Record(new MxRecord(Question.Name, TimeSpan.Zero, 1, "a.test"));

        Assert.Equal(ReadOutcome.Malformed, ResponseReader.TryRead(message.ToArray(), Id, Question, out _));
    }

    [Fact]
    public void A_second_extensions_record_breaks_the_message_and_so_does_one_with_a_name()
    {
        var two = new PacketWriter().Header(Id, 0x8400, 1, 0, 0, 2).Question(Question.Name, Question.Type);
        two.Options(512).Options(512);
        var named = new PacketWriter().Header(Id, 0x8400, 1, 0, 0, 1).Question(Question.Name, Question.Type);
        named.Record("a", 41, 512, 0, () => { });

        Assert.Equal(ReadOutcome.Malformed, ResponseReader.TryRead(two.ToArray(), Id, Question, out _));
        Assert.Equal(ReadOutcome.Malformed, ResponseReader.TryRead(named.ToArray(), Id, Question, out _));
    }

    [Fact]
    public void Of_a_message_that_was_cut_no_record_is_read_wherever_the_cut_is()
    {
        var whole = new PacketWriter().Header(Id, 0x8600, 1, 2, 0, 0).Question(Question.Name, Question.Type);
        var question = whole.Length;
        foreach (var host in (string[])["a.test", "b.test"]) whole.Record(new MxRecord(Question.Name, TimeSpan.Zero, 1, host));
        for (var length = question; length <= whole.Length; length++)
        {
            Assert.Equal(ReadOutcome.Read, ResponseReader.TryRead(whole.ToArray().AsSpan(0, length), Id, Question, out var response));
            Assert.True(response!.IsTruncated && response.Answers.Count == 0, $"{length} bytes");
        }
    }

    [Fact]
    public void A_text_that_is_not_UTF8_is_read_byte_by_byte()
    {
        var message = new PacketWriter().Header(Id, 0x8400, 1, 2, 0, 0).Question("a", DnsRecordType.Txt);
        message.Record("a", 16, 1, 60, () => message.Bytes(1, 0xFC, 0, 1, (byte)'x'));
        message.Record("a", 16, 1, 60, () => message.Bytes(1, 0xC3, 1, 0xBC));

        ResponseReader.TryRead(message.ToArray(), Id, new("a", DnsRecordType.Txt), out var response);

        Assert.Equal(["\u00FCx", "\u00FC"], response!.Answers.Cast<TextRecord>().Select(r => r.Text));
    }

    [Fact]
    public void Mutated_and_random_messages_end_in_an_outcome_over_40000_seeds()
    {
        var outcomes = new Dictionary<ReadOutcome, int>();
        byte[] whole = [];
        for (var seed = 0; seed < 40_000; seed++)
        {
            var random = new Random(seed);
            // To write a message takes longer than to read it: each is used many times.
            if (seed % 20 == 0) whole = Whole(random);
            var message = random.Next(10) == 0 ? Noise(random) : Mutated(random, whole);
            try
            {
                var outcome = ResponseReader.TryRead(message, Id, Question, out var response);
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
                Assert.Equal(outcome == ReadOutcome.Read, response is not null);
                if (response is null) continue;
                Assert.DoesNotContain(response.Answers, r => r.Name.Length > DomainName.MaxBytes * 4);
                var finding = ResponseJudge.Judge(Question.Type, AliasChain.From(Question.Name), response);
                Assert.DoesNotContain(finding.Records, r => r is not MxRecord || r.Name != finding.Chain.Last);
                Assert.Equal(finding.Kind == FindingKind.Found, finding.Records.Count > 0);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {Convert.ToHexString(message)}: {e}");
            }
        }

        // All ends of the reader are reached, or the mutations are no test of it.
        Assert.All(Enum.GetValues<ReadOutcome>(), o => Assert.InRange(outcomes[o], 1_000, 38_000));
    }

    // Every record points into a long chain of pointers: without a bound on these, this is a second's work and not a millisecond's.
    [Fact]
    public void Pointers_to_pointers_do_not_multiply()
    {
        var message = new PacketWriter(compresses: false).Header(Id, 0x8400, 1, 4000, 0, 0).Question(Question.Name, Question.Type);
        var start = message.Length + 11;
        message.Record("", 99, 1, 0, () =>
        {
            message.Number(0);
            for (var i = 0; i < 8000; i++) message.Number(0xC000 | (start + 2 * i));
        });
        var last = message.Length - 2;
        for (var i = 0; i < 3999; i++) message.Number(0xC000 | Math.Min(last, 0x3FFE)).Number(99).Number(1).Long(0).Number(0);

        Assert.Equal(ReadOutcome.Malformed, ResponseReader.TryRead(message.ToArray(), Id, Question, out _));
    }

    private static byte[] Message(Random random, IReadOnlyList<DnsRecord> answers, IReadOnlyList<DnsRecord> authority, int code)
    {
        var writer = new PacketWriter(random.Next(4) > 0);
        writer.Header(Id, 0x8480 | code & 0xF, 1, answers.Count, authority.Count, code > 15 ? 2 : 1).Question(Question.Name, Question.Type);
        foreach (var record in answers.Concat(authority)) writer.Record(record);
        writer.Record("glue.example.org", 1, 1, 60, () => writer.Bytes(10, 0, 0, 1));
        if (code > 15) writer.Options(1232, code);
        return writer.ToArray();
    }

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(600)];
        random.NextBytes(noise);
        // Half of it at least looks like an answer.
        if (noise.Length > 12 && random.Next(2) == 0) new byte[] { 0xBE, 0xEF, 0x84, 0, 0, 1 }.CopyTo(noise, 0);
        return noise;
    }

    private static byte[] Whole(Random random)
    {
        var records = new RandomRecords(random);
        var chain = new List<DnsRecord> { new MxRecord(Question.Name, TimeSpan.FromHours(1), 10, records.Name()) };
        if (random.Next(2) == 0) chain.Insert(0, new NameRecord(Question.Name, TimeSpan.Zero, DnsRecordType.Cname, records.Name()));
        return Message(random, [.. records.Next(6), .. chain], records.Next(3), random.Next(6));
    }

    private static byte[] Mutated(Random random, byte[] whole)
    {
        var message = whole.ToList();
        for (var i = random.Next(5); i >= 0; i--)
        {
            // The question is spared most of the time, or nothing behind it would ever be read.
            var at = random.Next(random.Next(8) == 0 ? 0 : Math.Min(32, message.Count), message.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < message.Count: message[at] = (byte)random.Next(256); break;
                case 1 when at < message.Count: message[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: message.InsertRange(at, Encoding.ASCII.GetBytes(new RandomRecords(random).Name())); break;
                case 3 when at < message.Count: message.RemoveRange(at, Math.Min(random.Next(1, 9), message.Count - at)); break;
                case 4 when at < message.Count - 1: (message[at], message[at + 1]) = (0xC0, (byte)random.Next(256)); break;
                default: message.RemoveRange(at, message.Count - at); break;
            }
        }

        return [.. message];
    }
}
