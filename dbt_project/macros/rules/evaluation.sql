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

{#- A value in hundredths, brought into the range that `bounds` holds for `code`. -#}
{% macro clamped(value, code) -%}
    greatest(
            bounds.{{ code | lower }}_min,
            least(bounds.{{ code | lower }}_max, {{ value }})
        )
{%- endmacro %}
