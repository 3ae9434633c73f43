using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Silo.Core.Dkim;
using Xunit;

namespace Silo.Core.Tests.Dkim;

public sealed class RelaxedTests
{
    private static readonly string[] Pieces = [" ", "  ", "\t", " \t ", "\r\n", "\r\n\r\n", "a", "bc", "=", ".", "\u00e9", "Word", ":"];

    /// <summary>RFC 6376 3.4.5, with its spelt-out blanks written as they are meant.</summary>
    [Fact]
    public void The_example_of_the_RFC_comes_out_as_it_says()
    {
        Assert.Equal("a:X\r\n", Header("A: X\r\n"));
        Assert.Equal("b:Y Z\r\n", Header("B : Y\t\r\n\tZ  \r\n"));
        Assert.Equal(" C\r\nD E\r\n", Body(" C \r\nD \t E\r\n\r\n\r\n"));
    }

    /// <summary>RFC 6376 3.4.3 and 3.4.4 give the hashes of an empty body.</summary>
    [Fact]
    public void An_empty_body_has_the_hashes_that_the_RFC_gives()
    {
        foreach (var empty in (string[])["", "\r\n", "\r\n\r\n", " ", "\t \r\n \r\n"])
            Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", Convert.ToBase64String(BodyHash.Of(Bytes(empty), isRelaxed: true)));
        foreach (var empty in (string[])["", "\r\n", "\r\n\r\n"])
            Assert.Equal("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", Convert.ToBase64String(BodyHash.Of(Bytes(empty), isRelaxed: false)));
    }

    [Theory]
    [InlineData("a", "a\r\n")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("a \r\n \r\n\t\r\n", "a\r\n")]
    [InlineData("\r\n\r\na\r\n", "\r\n\r\na\r\n")]
    [InlineData("a\tb", "a b\r\n")]
    [InlineData("  a", " a\r\n")]
    [InlineData("a  \r\nb", "a\r\nb\r\n")]
    public void Blanks_become_one_and_those_of_line_ends_none(string body, string canonical) => Assert.Equal(canonical, Body(body));

    [Fact]
    public void Bodies_come_out_as_a_line_by_line_reading_of_the_RFC_has_them()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var body = Text(new Random(seed));
            Assert.True(Slowly(body) == Body(body), $"seed {seed}: '{body}'");
        }
    }

    [Fact]
    public void What_is_canonical_stays_as_it_is()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var body = Body(Text(random));
            Assert.True(body == Body(body), $"seed {seed}");
            var field = Header("Name:" + Folded(Text(random)));
            Assert.True(field == Header(field), $"seed {seed}: '{field}'");
        }
    }

    [Fact]
    public void What_relays_may_do_to_blanks_changes_nothing()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var body = Text(random);
            Assert.True(Body(body) == Body(Disturbed(body, random) + "\r\n\r\n"), $"seed {seed}: '{body}'");
            var value = Folded(Text(random));
            Assert.True(
                Header("Subject:" + value + "\r\n") == Header("SUBJECT \t: " + value.Replace(" ", random.Next(2) == 0 ? "\r\n " : "\t") + " \r\n"),
                $"seed {seed}: '{value}'");
        }
    }

    /// <summary>Any other change shows.</summary>
    [Fact]
    public void A_changed_letter_changes_the_hash()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var body = Text(random) + "x";
            var at = body.LastIndexOf('x');
            var other = body[..at] + "y" + body[(at + 1)..];
            Assert.NotEqual(BodyHash.Of(Bytes(body), true), BodyHash.Of(Bytes(other), true));
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    // Line ends of a value are folds, so a blank follows each.
    private static string Folded(string text) => text.Replace("\r\n", "\r\n ");

    // One blank more or less where there is one, and blanks before line ends.
    private static string Disturbed(string body, Random random) =>
        Regex.Replace(Regex.Replace(body, "[ \t]+", _ => new string(random.Next(2) == 0 ? ' ' : '\t', 1 + random.Next(3))), "\r\n", _ => random.Next(2) == 0 ? " \r\n" : "\r\n");

    private static string Slowly(string body)
    {
        var lines = body.Split("\r\n").Select(l => Regex.Replace(l, "[ \t]+", " ").TrimEnd(' ')).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return string.Concat(lines.Select(l => l + "\r\n"));
    }

    private static string Body(string body)
    {
        var canonical = new StringBuilder();
        Relaxed.Body(Bytes(body), piece => canonical.Append(Encoding.Latin1.GetString(piece)));
        return canonical.ToString();
    }

    private static string Header(string field)
    {
        var target = new ArrayBufferWriter<byte>();
        Relaxed.Header(Bytes(field), target);
        return Encoding.Latin1.GetString(target.WrittenSpan);
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
