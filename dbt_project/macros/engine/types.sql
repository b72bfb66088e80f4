{#- Types whose names differ between engines. -#}
{% macro text_type() %}{{ return(adapter.dispatch('text_type')()) }}{% endmacro %}
{% macro default__text_type() %}varchar{% endmacro %}
{% macro spark__text_type() %}string{% endmacro %}

{#- A null of type text. -#}
{% macro no_text() %}cast(null as {{ text_type() }}){% endmacro %}
