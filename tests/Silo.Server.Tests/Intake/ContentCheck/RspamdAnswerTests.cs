using System.Text;
using Silo.Server.Intake.ContentCheck;
using Xunit;

namespace Silo.Server.Tests.Intake.ContentCheck;

public sealed class RspamdAnswerTests
{
    private const string Whole =
        """{"is_skipped":false,"score":7.5,"required_score":15.0,"action":"rewrite subject","symbols":{"A":{"name":"A","score":3.0},"B":{"score":4.5}}}""";

    [Theory]
    [InlineData(Whole, "rewrite subject", 7.5)]
    [InlineData("""{"is_skipped":true}""", "no action", 0)]
    [InlineData("""{"action":"reject"}""", "reject", 0)]
    public void A_verdict_is_read(string answer, string action, double score)
    {
        var read = RspamdAnswer.Read(Encoding.UTF8.GetBytes(answer))!;
        Assert.Equal((action, score), (read.Action, read.Score));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"action":7,"score":1}""")]
    [InlineData("""{"action":"","score":1}""")]
    [InlineData("""{"action":"reject","score":"1"}""")]
    [InlineData("""{"action":"reject","score":1e999}""")]
    [InlineData("""{"action":"\ud800","score":1}""")]
    [InlineData("""{"action":"0123456789012345678901234567890123456789x","score":1}""")]
    public void What_is_no_verdict_is_none(string answer) => Assert.Null(RspamdAnswer.Read(Encoding.UTF8.GetBytes(answer)));

    [Fact]
    public void Symbols_are_few_and_short_and_the_heaviest_come_first()
    {
        var symbols = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""
            "S{{i}}{{new string('x', 100)}}":{"score":{{i - 5}} }
            """));
        var read = RspamdAnswer.Read(Encoding.UTF8.GetBytes("""{"action":"reject","score":1,"symbols":{""" + symbols + "}}"))!;
        Assert.Equal(10, read.Symbols!.Count);
        Assert.StartsWith("S39x", read.Symbols[0], StringComparison.Ordinal);
        Assert.All(read.Symbols, s => Assert.True(s.Length <= 64));
    }

    [Fact]
    public void Whatever_the_bytes_are_there_is_a_verdict_or_none()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var bytes = Encoding.UTF8.GetBytes(Whole);
            for (var i = random.Next(1, 6); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var cut = bytes.AsMemory(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length);
            try
            {
                if (RspamdAnswer.Read(cut) is { } read) Assert.True(read.Action.Length is > 0 and <= 40 && double.IsFinite(read.Score));
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}");
            }
        }
    }
}
