{#-
  The indicators that make up each dimension of the evaluation. A test holds them equal to
  the codebook evaluation_indicators, which gives their ranges.
-#}
{% macro evaluation_indicators_by_dimension() -%}
    {{ return({
        'D1': ['B01'],
        'D2': ['B02', 'N01'],
        'D3': ['B03', 'N04'],
        'D4': ['B04', 'N02', 'N03', 'N05'],
        'D5': ['B05', 'E01', 'E02', 'E03', 'E04'],
    }) }}
{%- endmacro %}

{% macro evaluation_dimensions_in_order() -%}
    {{ return(evaluation_indicators_by_dimension().keys() | list) }}
{%- endmacro %}

{#- The indicators, or those whose code begins with one of `kinds` (B, N, E). -#}
{% macro evaluation_indicators_in_order(kinds='BNE') -%}
    {%- set codes = [] -%}
    {%- for of_dimension in evaluation_indicators_by_dimension().values() -%}
        {%- for code in of_dimension if code[0] in kinds -%}
            {%- do codes.append(code) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(codes) }}
{%- endmacro %}

{#- Two columns per code, its range in hundredths of a point: b01_min, b01_max, ... -#}
{% macro bounds_of(codes, code_column) -%}
{%- for code in codes -%}
max(case when {{ code_column }} = '{{ code }}' then 100 * min_points end)
            as {{ code | lower }}_min,
        max(case when {{ code_column }} = '{{ code }}' then 100 * max_points end)
            as {{ code | lower }}_max
        {{- ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#- One column per indicator, the sum of its contributions in hundredths. -#}
{% macro contributed_sums(codes) -%}
{%- for code in codes -%}
sum(case when indicator_code = '{{ code }}' then hundredths end)
            as {{ code | lower }}
        {{- ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#- One column per code of `relation`, or 0 where the subject has no such record. -#}
{% macro columns_or_zero(relation, codes) -%}
{%- for code in codes -%}
coalesce({{ relation }}.{{ code | lower }}, 0) as {{ code | lower }}
        {{- ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#- One column per code of `relation`, brought into the range that `bounds` holds. -#}
{% macro clamped(relation, codes) -%}
{%- for code in codes -%}
greatest(
            bounds.{{ code | lower }}_min,
            least(bounds.{{ code | lower }}_max, {{ relation }}.{{ code | lower }})
        ) as {{ code | lower }}
        {{- ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
