using Silo.Server.Lists.Imports;
using Xunit;

namespace Silo.Server.Tests.Lists;

public sealed class ImportRecordsTests
{
    [Fact]
    public void A_line_of_any_length_is_never_taken_whole_and_the_next_one_is_read()
    {
        using var reader = new NoLines(new string('x', 500_000) + "\r\n\n{\"emailAddress\":\"a@b.example\"}\r{\"emailAddress\":\"c@d.example\"}");
        var records = ImportRecords.Read(reader, isJson: true, ofContacts: true).ToList();
        Assert.Equal([1, 3, 4], records.Select(r => r.Line));
        Assert.Contains("more than", records[0].Problem, StringComparison.Ordinal);
        Assert.Equal(["a@b.example", "c@d.example"], records.Skip(1).Select(r => r.Address));
    }

    [Theory]
    [InlineData(true, "{\"emailAddress\":\"a@b.example\",\"attributesData\":\"x\\u0000\"}")]
    [InlineData(false, "emailAddress,attributesData\na@b.example,x\0")]
    public void NUL_in_attributes_is_refused_by_its_record(bool isJson, string text)
    {
        using var reader = new StringReader(text);
        Assert.Contains("NUL", Assert.Single(ImportRecords.Read(reader, isJson, ofContacts: true)).Problem, StringComparison.Ordinal);
    }

    private sealed class NoLines(string text) : StringReader(text)
    {
        public override string ReadLine() => throw new InvalidOperationException("A whole line was asked for.");
    }
}
