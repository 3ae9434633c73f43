using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Silo.Server.Hosting;

/// <summary>Binds sections to options and collects everything that is wrong with any of them: one start shows all errors.</summary>
internal sealed class OptionsReader(IConfiguration configuration)
{
    private readonly List<string> _errors = [];

    public IReadOnlyList<string> Errors => _errors;

    public T Read<T>(string section)
        where T : class, new()
    {
        var options = new T();
        try
        {
            configuration.GetSection(section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = false);
            Check(options, section);
        }
        catch (InvalidOperationException e)
        {
            // The binder's message names the key and the type that it wants.
            _errors.Add(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
        }

        return options;
    }

    public void Add(string error) => _errors.Add(error);

    private void Check(object options, string section)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (var result in results) _errors.Add($"{section}:{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}");
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0) continue;
            var path = $"{section}:{property.Name}";
            if (property.GetValue(options) is IDictionary entries)
            {
                foreach (DictionaryEntry entry in entries) CheckNested(entry.Value, $"{path}:{entry.Key}");
            }
            else
            {
                CheckNested(property.GetValue(options), path);
            }
        }
    }

    private void CheckNested(object? options, string section)
    {
        if (options?.GetType() is { IsEnum: false, Namespace: { } name } && name.StartsWith("Silo.", StringComparison.Ordinal))
            Check(options, section);
    }
}
