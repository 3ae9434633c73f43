using System.CommandLine;
using Silo.LoadTest.Scenarios;

namespace Silo.LoadTest.Commands;

/// <summary>The verb <c>list</c>: the scenarios that come along, and what each promises.</summary>
internal static class ListCommand
{
    public static Command Make()
    {
        var command = new Command("list", "Shows the scenarios and what they promise.");
        command.SetAction(_ =>
        {
            var wrong = 0;
            foreach (var name in ScenarioFile.NamesIn(ScenarioFile.Folder))
            {
                var (scenario, errors) = ScenarioFile.Read(
                    name, File.ReadAllText(Path.Combine(ScenarioFile.Folder, name + ScenarioFile.Extension)), smoke: false);
                Console.WriteLine(scenario is null ? $"{name}: {string.Join("; ", errors)}" : $"{name}: {scenario.Summary}");
                foreach (var verdict in scenario?.Verdicts ?? []) Console.WriteLine($"    {verdict.Name}");
                if (scenario is null) wrong++;
            }

            return wrong == 0 ? 0 : 1;
        });
        return command;
    }
}
