using Silo.LoadTest.Runs;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Sinks;
using Xunit;
using Xunit.Abstractions;

namespace Silo.LoadTest.Tests.Runs;

/// <summary>Runs a scenario that comes along in its short profile, as the command would.</summary>
internal static class Smoke
{
    public static async Task<RunRecord> Run(string name, ITestOutputHelper output, string door = "smtp", Action<ISink>? onSink = null)
    {
        var json = await File.ReadAllTextAsync(Path.Combine(ScenarioFile.Folder, name + ScenarioFile.Extension));
        var (scenario, errors) = ScenarioFile.Read(name, json, smoke: true);
        Assert.Empty(errors);
        var options = new RunOptions { Scenario = scenario!, Command = $"run {name} --profile smoke", Door = door, OnSink = onSink };
        var view = new OutputView(output);
        var record = scenario!.Month is null
            ? await new LoadRun(options, view, TimeProvider.System).Run(CancellationToken.None)
            : await new MonthRun(options, view, TimeProvider.System).Run(CancellationToken.None);
        foreach (var figure in record.Figures) output.WriteLine($"{figure.Name} {figure.Value} {figure.Unit}");
        return record;
    }

    private sealed class OutputView(ITestOutputHelper output) : IRunView
    {
        public void Say(string what) => output.WriteLine(what);

        public void Show(RunSnapshot snapshot) => output.WriteLine($"{snapshot}");
    }
}
