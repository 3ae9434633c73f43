using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Silo.Server.Hosting;

/// <summary>Binds sections to options and collects everything that is wrong with any of them: one start shows all errors.</summary>
internal sealed class OptionsReader(IConfiguration configuration)
{
    private readonly List<string> _errors = [];
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Errors => _errors;

    public T Read<T>(string section)
        where T : class, new()
    {
        var options = new T();
        Bind(options, configuration.GetSection(section));
        Check(options, section);
        return options;
    }

    /// <summary>The keys below a section that no options read so far have: a key that is misspelt would go unnoticed otherwise.</summary>
    public IReadOnlyList<string> UnknownKeys(string section) =>
        [.. configuration.GetSection(section).AsEnumerable().Where(p => p.Value is not null && !IsKnown(p.Key)).Select(p => p.Key).Order(StringComparer.Ordinal)];

    public void Add(string error) => _errors.Add(error);

    private static bool IsNested(PropertyInfo property) =>
        property.PropertyType is { IsClass: true, Namespace: { } name } && name.StartsWith("Silo.", StringComparison.Ordinal);

    // Member by member, since the binder stops at the first value that it cannot convert.
    private void Bind(object options, IConfigurationSection section)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var member = section.GetSection(property.Name);
            if (IsNested(property) && property.GetValue(options) is { } nested)
            {
                Bind(nested, member);
                continue;
            }

            _keys.Add(member.Path);
            if (!property.CanWrite || !member.Exists()) continue;
            try
            {
                if (member.Get(property.PropertyType) is { } value) property.SetValue(options, value);
            }
            catch (InvalidOperationException e)
            {
                // The binder's message names the key and the type that it wants.
                _errors.Add(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
            }
        }
    }

    private void Check(object options, string section)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (var result in results) _errors.Add($"{section}:{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}");
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0) continue;
            var (value, path) = (property.GetValue(options), $"{section}:{property.Name}");
            if (value is IDictionary entries)
            {
                foreach (DictionaryEntry entry in entries) CheckNested(entry.Value, $"{path}:{entry.Key}");
            }
            else if (value is IList items)
            {
                for (var i = 0; i < items.Count; i++) CheckNested(items[i], $"{path}:{i}");
            }
            else if (value is Enum && !Enum.IsDefined(property.PropertyType, value))
            {
                _errors.Add($"{path}: {value} is none of {string.Join(", ", Enum.GetNames(property.PropertyType))}.");
            }
            else
            {
                CheckNested(value, path);
            }
        }
    }

    private void CheckNested(object? options, string section)
    {
        if (options?.GetType() is { IsEnum: false, Namespace: { } name } && name.StartsWith("Silo.", StringComparison.Ordinal))
            Check(options, section);
    }

    // A list or a dictionary has its items below its key.
    private bool IsKnown(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf(':', end - 1))
            if (_keys.Contains(path[..end])) return true;
        return false;
    }
}
