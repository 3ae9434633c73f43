using Silo.Core.Suspension;
using Silo.Server.Demo;
using Spectre.Console;
using Xunit;

namespace Silo.Server.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public async Task The_tenant_whose_list_goes_bad_is_paused_with_its_mail_parked_and_the_others_go_on()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });

        var result = await DemoProgram.Play(new DemoOptions(4), console, TimeProvider.System, CancellationToken.None);

        var told = output.ToString();
        var bad = result.Endings.Single(e => e.Tenant == DemoTenant.Bad);
        Assert.True(bad.Status == SendingStatus.Disabled, told);
        Assert.True(bad is { Pause: not null, BegunAfterPause: 0, IsBalanced: true }, told);
        Assert.True(bad.Refused > 0, told);
        Assert.All(result.Endings.Where(e => e.Tenant != DemoTenant.Bad), good =>
        {
            Assert.True(good is { Status: SendingStatus.Enabled, Pause: null, IsBalanced: true, Refused: 0, Books.Open: 0 }, told);
            Assert.True(good.Books.Delivered > 0, told);
        });
        Assert.True(result.IsAsTold, told);
        Assert.Contains("PAUSED", told);
    }

    [Theory]
    [InlineData]
    [InlineData("--seconds", "600")]
    public void Understood_arguments_make_options(params string[] arguments) => Assert.NotNull(DemoOptions.Parse(arguments));

    [Theory]
    [InlineData("--seconds")]
    [InlineData("--seconds", "2")]
    [InlineData("--seconds", "3601")]
    [InlineData("--minutes", "5")]
    public void Arguments_that_are_not_understood_make_none(params string[] arguments) => Assert.Null(DemoOptions.Parse(arguments));
}
