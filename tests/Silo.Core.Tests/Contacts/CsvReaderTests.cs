using Silo.Core.Contacts;
using Xunit;

namespace Silo.Core.Tests.Contacts;

public sealed class CsvReaderTests
{
    [Theory]
    [InlineData("a,b\r\nc,d\r\n", "a|b;c|d")]
    [InlineData("a,b\nc,d", "a|b;c|d")]
    [InlineData("\ufeffa,,\r\r\n\nb", "a||;b")]
    [InlineData("\"a,\"\"b\"\"\",\"c\r\nd\",\"\"\ne", "a,\"b\"|c\r\nd|;e")]
    [InlineData("", "")]
    public void Fields_are_those_of_RFC_4180(string text, string expected) =>
        Assert.Equal(expected, string.Join(';', Read(text).Select(r => string.Join('|', r.Fields))));

    [Theory]
    [InlineData("a\nb\"c\nd", 2)]
    [InlineData("\"a\"b\nc", 1)]
    [InlineData("a\n\n\"b", 3)]
    public void What_is_no_record_says_why_and_where_and_reading_goes_on(string text, long line)
    {
        var broken = Assert.Single(Read(text), r => r.Problem is not null);
        Assert.Equal(line, broken.Line);
    }

    [Fact]
    public void A_record_knows_the_line_that_it_begins_at() =>
        Assert.Equal([1L, 2, 5], Read("a\n\"b\r\nc\nd\"\ne").Select(r => r.Line));

    [Fact]
    public void Records_are_bounded_in_fields_and_characters()
    {
        Assert.NotNull(Read(new string(',', CsvReader.MaxFields)).Single().Problem);
        Assert.Null(Read(new string(',', CsvReader.MaxFields - 1)).Single().Problem);
        var records = Read($"\"{new string('a', CsvReader.MaxCharacters + 1)}\"\nb").ToList();
        Assert.NotNull(records[0].Problem);
        Assert.Equal(["b"], records[1].Fields);
    }

    [Fact]
    public void What_is_written_by_the_rules_is_read_back()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var rows = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Enumerable.Range(0, random.Next(1, 5))
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => "ab\",\r\n é"[random.Next(8)]))).ToArray()).ToArray();
            var ends = new[] { "\r\n", "\n" }[random.Next(2)];
            var text = string.Concat(rows.Select(r => string.Join(',', r.Select(f => $"\"{f.Replace("\"", "\"\"")}\"")) + ends));
            var read = Read(text).ToList();
            Assert.True(
                read.Count == rows.Length && read.Zip(rows).All(p => p.First.Problem is null && p.First.Fields.SequenceEqual(p.Second)), $"seed {seed}");
        }
    }

    private static IEnumerable<CsvRecord> Read(string text)
    {
        var reader = new CsvReader(new StringReader(text));
        while (reader.Read() is { } record) yield return record;
    }
}
