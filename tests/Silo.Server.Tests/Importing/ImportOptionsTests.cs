using Silo.Server.Importing;
using Xunit;

namespace Silo.Server.Tests.Importing;

public sealed class ImportOptionsTests
{
    [Theory]
    [InlineData("import")]
    [InlineData("ses --rate 0")]
    [InlineData("ses --only templates,nonsense")]
    [InlineData("ses --tenant")]
    [InlineData("ses --target ftp://x")]
    [InlineData("ses --secret x")]
    public void Arguments_that_are_not_understood_are_refused(string arguments) =>
        Assert.Null(ImportOptions.Parse(arguments.Split(' '), [.. ImportRun.Kinds.Select(k => k.Name)]));

    [Fact]
    public void All_that_is_given_is_taken()
    {
        var options = ImportOptions.Parse(
            ["ses", "--apply", "--json", "--only", "tenants,statuses", "--tenant", "a", "--tenant", "b", "--rate", "0.5", "--target", "https://silo.example"],
            ["tenants", "statuses"])!;
        Assert.Equal((true, true, 0.5, "https://silo.example/"), (options.Apply, options.Json, options.Rate, options.Target.ToString()));
        Assert.Equal(["tenants", "statuses"], options.Only);
        Assert.Equal(["a", "b"], options.Tenants);
        Assert.False(ImportOptions.Parse(["ses"], [])!.Apply);
    }
}
